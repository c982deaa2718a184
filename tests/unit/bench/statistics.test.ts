import { expect, test } from 'vitest';
import { holds } from '../../../scripts/bench/measure.ts';
import type { Figure } from '../../../scripts/bench/measure.ts';
import { interleaved, median, quantile, ratio, rounded } from '../../../scripts/bench/statistics.ts';

test('a median is the middle, or between the two in the middle, whatever the order', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('a quantile is a value that was taken', () => {
  expect(quantile([5, 1, 4, 2, 3], 1)).toBe(5);
  expect(quantile([5, 1, 4, 2, 3], 0)).toBe(1);
  expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(quantile([], 0.5)).toBeNaN();
});

test('one slow sample does not make a ratio', () => {
  expect(ratio([2, 2, 900], [1, 1, 1])).toBe(2);
});

test('three digits count', () => {
  expect([12_345, 1_234.5, 12.345, 1.2345, 0.012345, 0].map(rounded)).toEqual([12_345, 1_235, 12.3, 1.23, 0.0123, 0]);
});

test('kinds take turns, and the first round is not kept', async () => {
  const order: string[] = [];
  let count = 0;
  const samples = await interleaved(2, {
    floor: async () => (order.push('floor'), (count += 1)),
    ours: async () => (order.push('ours'), (count += 1)),
  });
  expect(order).toEqual(['floor', 'ours', 'floor', 'ours', 'floor', 'ours']);
  expect(samples).toEqual({ floor: [3, 5], ours: [4, 6] });
});

test('a figure holds on its side of the bound; what was not taken does not, and what has no bound neither does nor does not', () => {
  const figure = (value: number | null, bound: Figure['bound']): Figure => ({
    what: 'x',
    value,
    unit: 'ms',
    bound,
    beside: '',
  });
  expect(holds(figure(10, { is: 'at most', value: 10 }))).toBe(true);
  expect(holds(figure(10.01, { is: 'at most', value: 10 }))).toBe(false);
  expect(holds(figure(3, { is: 'at least', value: 3 }))).toBe(true);
  expect(holds(figure(2.99, { is: 'at least', value: 3 }))).toBe(false);
  expect(holds(figure(null, { is: 'at least', value: 3 }))).toBe(false);
  expect(holds(figure(7, null))).toBeNull();
});
