import { describe, expect, test } from 'vitest';
import { inOrder, joinAll, longestMs } from '../../../src/main/shell/quit/joiners.ts';
import type { Joiner, QuitStage } from '../../../src/main/shell/quit/joiners.ts';
import { patience, quitPlan } from '../../../src/main/shell/quit/quitRule.ts';
import type { QuitBy } from '../../../src/main/shell/quit/quitRule.ts';

const joiner = (name: string, stage: QuitStage, join: Joiner['join'] = () => {}, deadlineMs = 60_000): Joiner => ({
  name,
  stage,
  deadlineMs,
  join,
});

describe('joiners', () => {
  test('what people see ends before the doors, the doors before the core, and the last made ends first', () => {
    const order = inOrder([
      joiner('core', 'core'),
      joiner('http', 'doors'),
      joiner('window', 'window'),
      joiner('tray', 'window'),
    ]);
    expect(order.map((group) => group.map(({ name }) => name))).toEqual([['tray', 'window'], ['http'], ['core']]);
  });

  test('the longest time is the sum of the slowest of each stage', () => {
    const all = [
      joiner('a', 'window', () => {}, 100),
      joiner('b', 'window', () => {}, 300),
      joiner('c', 'core', () => {}, 1_000),
    ];
    expect(longestMs(all)).toBe(1_300);
    expect(longestMs([])).toBe(0);
  });

  test('a stage waits for the one before it', async () => {
    const done: string[] = [];
    const slow = async (): Promise<void> => {
      await new Promise(setImmediate);
      done.push('doors');
    };
    await joinAll([joiner('core', 'core', () => void done.push('core')), joiner('http', 'doors', slow)], () => {});
    expect(done).toEqual(['doors', 'core']);
  });

  test('one that never ends, one that rejects and one that throws keep nobody from ending', async () => {
    const problems: string[] = [];
    let coreEnded = false;
    await joinAll(
      [
        joiner('stuck', 'doors', () => new Promise(() => {}), 1),
        joiner('rejects', 'doors', () => Promise.reject(new Error('no'))),
        joiner('throws', 'doors', () => {
          throw new Error('no');
        }),
        joiner('core', 'core', () => void (coreEnded = true)),
      ],
      (name, result) => problems.push(`${name} ${result}`),
    );
    expect(coreEnded).toBe(true);
    expect(problems.sort()).toEqual(['rejects failed', 'stuck late', 'throws failed']);
  });
});

describe('what a wish to quit leads to', () => {
  const asked: readonly QuitBy[] = ['window', 'tray', 'keyboard'];
  const urgent: readonly QuitBy[] = ['session', 'signal'];
  const facts = { liveRuns: 2, attached: false } as const;

  test.for([...asked, ...urgent])('%s: without a run it quits, whatever is remembered', (by) => {
    for (const choice of ['ask', 'keep', 'cancel'] as const)
      expect(quitPlan({ by, choice, liveRuns: 0, attached: false })).toBe('leave');
  });

  test.for(asked)('%s with runs asks unless a choice is remembered', (by) => {
    expect(quitPlan({ ...facts, by, choice: 'ask' })).toBe('ask');
    expect(quitPlan({ ...facts, by, choice: 'keep' })).toBe('leave');
    expect(quitPlan({ ...facts, by, choice: 'cancel' })).toBe('cancel');
  });

  test.for(urgent)('%s with runs asks nobody: it keeps them unless cancelling is remembered', (by) => {
    expect(quitPlan({ ...facts, by, choice: 'ask' })).toBe('leave');
    expect(quitPlan({ ...facts, by, choice: 'cancel' })).toBe('cancel');
  });

  test('an app that shows the core of another process has no runs to lose', () => {
    expect(quitPlan({ by: 'keyboard', choice: 'cancel', liveRuns: 2, attached: true })).toBe('leave');
  });

  test('stops are waited for without end only while a person watches', () => {
    const times = { now: 1_000, deadlineAt: 36_000 };
    expect(patience('keyboard', { ...times, isWatched: true })).toBeNull();
    expect(patience('keyboard', { ...times, isWatched: false })).toBe(41_000);
    expect(patience('signal', { ...times, isWatched: true })).toBe(41_000);
    expect(patience('session', { ...times, isWatched: true })).toBe(5_000);
  });
});
