import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFrames } from '../../../src/main/core/gpu/frames.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function collect(expectedRows: number): {
  readonly seen: string[];
  readonly push: (text: string) => void;
  readonly close: () => void;
} {
  const seen: string[] = [];
  return { seen, ...createFrames({ expectedRows, onFrame: (lines) => seen.push(lines) }) };
}

test('a sample cut in the middle of a line by the pipe is put together', () => {
  const { seen, push } = collect(2);
  push('0, a\n1');
  expect(seen).toEqual([]);
  push(', b\n0, c\n1, d\n');
  expect(seen).toEqual(['0, a\n1, b', '0, c\n1, d']);
});

test('fewer rows than expected are told after a pause, not held back for ever', () => {
  const { seen, push } = collect(2);
  push('0, a\n');
  vi.advanceTimersByTime(2000);
  expect(seen).toEqual(['0, a']);
});

test('fewer rows than expected are told when the next sample begins', () => {
  const { seen, push } = collect(3);
  push('0, a\n1, b\n0, c\n1, d\n0, e\n');
  expect(seen).toEqual(['0, a\n1, b', '0, c\n1, d']);
});

test('more rows than expected do not make the last GPU look like the only one', () => {
  const { seen, push } = collect(1);
  push('0, a\n1, b\n0, c\n1, d\n');
  vi.advanceTimersByTime(2000);
  expect(seen.at(-1)).toBe('0, c\n1, d');
  expect(seen).not.toContain('1, b');
  expect(seen).not.toContain('1, d');
});

test('after closing nothing is told', () => {
  const { seen, push, close } = collect(2);
  push('0, a\n');
  close();
  vi.advanceTimersByTime(5000);
  expect(seen).toEqual([]);
});
