import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatDuration,
  formatGap,
  formatGiB,
  formatLoss,
  formatOffset,
  formatPercent,
  formatTimeLeft,
} from '../../../src/renderer/ui/format.ts';

describe('what people read', () => {
  it.each([
    [null, '—'],
    [-5, '0 s'],
    [2_999, '2 s'],
    [700_000, '11 m 40 s'],
    [7_080_000, '1 h 58 m'],
    [200_000_000, '2 d 7 h'],
  ])('a length of %s ms is %s', (ms, words) => expect(formatDuration(ms)).toBe(words));

  it.each([
    [null, '—'],
    [40, '40 s'],
    [1_320, '22 m'],
    [4_320, '1 h 12 m'],
    [400_000, '4 d 15 h'],
  ])('%s s left is %s', (seconds, words) => expect(formatTimeLeft(seconds)).toBe(words));

  it.each([
    [3.02104, '3.021'],
    [12.5, '12.50'],
    [0, '0.000'],
    [0.00012, '1.20e-4'],
    [null, '—'],
    [Number.NaN, 'NaN'],
  ])('a loss of %s is %s', (loss, words) => expect(formatLoss(loss)).toBe(words));

  it('percent is never 100 before the end, nor out of range', () => {
    expect(formatPercent(0.9999)).toBe('99 %');
    expect(formatPercent(0.29)).toBe('29 %');
    expect(formatPercent(1)).toBe('100 %');
    expect(formatPercent(7)).toBe('100 %');
  });

  it('sizes and steps', () => {
    expect([formatGiB(29_491), formatGiB(49_140), formatGiB(307)]).toEqual(['28.8', '48', '0.3']);
    expect([formatBytes(512), formatBytes(1_468_006), formatBytes(5_368_709_120)]).toEqual([
      '512 B',
      '1.4 MiB',
      '5.0 GiB',
    ]);
    expect([formatGap(3), formatGap(1_213), formatGap(34_000)]).toEqual(['+3 ms', '+1.21 s', '+34 s']);
    expect(formatOffset(1_801)).toBe('+1.801 s');
  });
});
