import { describe, expect, test } from 'vitest';
import { planRetention } from '../../../src/main/core/domain/retention.ts';
import type { KeptRun, RetentionRule } from '../../../src/main/core/domain/retention.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_000 * DAY;
const NO_RULE: RetentionRule = { days: null, maxBytes: null };

function run(jobId: number, endedAgo: number | null, bytes = 100): KeptRun {
  return { run: `${jobId}-1-a`, jobId, endedAt: endedAgo === null ? null : NOW - endedAgo, bytes };
}
function going(runs: readonly KeptRun[], rule: Partial<RetentionRule>): readonly number[] {
  return planRetention(runs, { ...NO_RULE, ...rule }, NOW).map(({ jobId }) => jobId);
}

describe('which run folders go', () => {
  const runs = [run(3, 5 * DAY), run(1, 40 * DAY), run(2, 31 * DAY), run(4, 2 * HOUR), run(5, null)];

  test('none without a rule', () => {
    expect(going(runs, {})).toEqual([]);
  });

  test('those older than the days, the oldest first', () => {
    expect(going(runs, { days: 30 })).toEqual([1, 2]);
  });

  test('the oldest until the rest is little enough, and not one more', () => {
    expect(going(runs, { maxBytes: 300 })).toEqual([1, 2]);
    expect(going(runs, { maxBytes: 299 })).toEqual([1, 2, 3]);
    expect(going(runs, { maxBytes: 500 })).toEqual([]);
  });

  test('both rules at once: whichever takes more', () => {
    expect(going(runs, { days: 35, maxBytes: 300 })).toEqual([1, 2]);
    expect(going(runs, { days: 4, maxBytes: 400 })).toEqual([1, 2, 3]);
  });

  test('never a live run, and never what ended within the last hour, however large', () => {
    const newest = [run(1, HOUR - 1, 1e12), run(2, null, 1e12), run(3, 0, 1e12)];
    expect(going(newest, { days: 1, maxBytes: 1 })).toEqual([]);
    expect(going([...newest, run(4, HOUR)], { maxBytes: 1 })).toEqual([4]);
  });

  test('what a live run writes counts, so that the disk is not full although the rule is kept', () => {
    expect(going([run(1, DAY, 100), run(2, null, 1_000)], { maxBytes: 1_050 })).toEqual([1]);
  });
});
