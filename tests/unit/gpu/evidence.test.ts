import { describe, expect, test } from 'vitest';
import { unexplainedMiB, verdictOf } from '../../../src/main/core/gpu/evidence.ts';
import type { Evidence } from '../../../src/main/core/gpu/evidence.ts';
import { toleranceMiB } from '../../../src/main/core/gpu/levels.ts';
import { gpu, listed, row, runOf } from './machine.ts';

const MEMBER = { pid: 107, start: '55' };

/** Job 7 is gone, was listed while it lived, and 300 MiB were in use before it. */
function judge(over: Partial<Evidence>): ReturnType<typeof verdictOf> {
  return verdictOf({
    gone: { ...runOf(7), members: [MEMBER], wasListed: true },
    gpu: 'GPU-A',
    before: { unexplainedMiB: 300, pids: [40] },
    view: gpu('GPU-A', { memoryUsedMiB: 300 }),
    rows: [],
    complete: true,
    pidsAreOurs: true,
    sharers: [],
    ...over,
  });
}
const unlisted = { ...runOf(7), members: [MEMBER], wasListed: false };
const using = (memoryUsedMiB: number | null) => gpu('GPU-A', { memoryUsedMiB });

describe('where the driver names processes', () => {
  test('off the list is off the GPU', () => {
    expect(judge({})).toEqual({ kind: 'back', proof: 'nvidia-smi: no process of this run on its GPUs', settled: true });
  });

  test('off the list with memory still in use is not settled yet', () => {
    expect(judge({ view: using(9_000) })).toMatchObject({ kind: 'back', settled: false });
  });

  test.for([
    ['by its pid', row(listed(107, 9_000), { alive: false })],
    ['by its owner', row(listed(999, 9_000), { alive: false, owner: runOf(7) })],
  ] as const)('a dead process of the run is found %s', ([, held]) => {
    expect(judge({ rows: [held] })).toEqual({
      kind: 'held',
      words: `the driver still counts 8.8 GiB for process ${held.process.pid} of #7, which is gone`,
    });
  });

  test('one that lives on is told apart', () => {
    expect(judge({ rows: [row(listed(107, 2_048), { start: '55' })] })).toMatchObject({
      words: 'process 107 of #7 still lives and holds 2.0 GiB',
    });
  });

  test('a number that another process has taken over is not the run’s', () => {
    expect(judge({ rows: [row(listed(107, 9_000), { start: '56' })] })).toMatchObject({ kind: 'back' });
    expect(judge({ rows: [row(listed(107, 9_000), { owner: runOf(8) })] })).toMatchObject({ kind: 'back' });
  });

  test('memory of nobody that came with the run holds its end, memory that was there before does not', () => {
    expect(judge({ rows: [row(listed(41, 700), { alive: false })] })).toEqual({
      kind: 'held',
      words: 'since #7 the driver counts 700 MiB for process 41, which is gone',
    });
    expect(judge({ rows: [row(listed(40, 700), { alive: false })] })).toMatchObject({ kind: 'back' });
  });

  test('several processes are counted', () => {
    const rows = [
      row(listed(107, 1_024), { alive: false }),
      row(listed(108, 1_024), { alive: false, owner: runOf(7) }),
    ];
    expect(judge({ rows })).toMatchObject({
      words: 'the driver still counts 2.0 GiB for 2 processes of #7, which is gone',
    });
  });
});

describe('where the driver names no process of the run', () => {
  test.for<[string, Partial<Evidence>]>([
    ['it was never listed', { gone: unlisted }],
    ['a pid is withheld', { complete: false, rows: [row(listed(null, null))] }],
    ['there is no list', { rows: null, complete: false }],
    [
      'the pids are of another namespace',
      { gone: unlisted, pidsAreOurs: false, rows: [row(listed(88_001, 8_700), { alive: false })] },
    ],
  ])('%s: memory tells', ([, how]) => {
    expect(judge({ ...how, view: using(9_000) })).toEqual({
      kind: 'held',
      words: '8.5 GiB more are in use than before #7, which is gone',
    });
    expect(judge({ ...how, view: using(300 + toleranceMiB(24_576)) })).toMatchObject({ kind: 'back', settled: true });
  });

  test('what a living process of somebody else took meanwhile is not held against the run', () => {
    expect(judge({ gone: unlisted, view: using(9_000), rows: [row(listed(5, 8_700))] })).toMatchObject({
      kind: 'back',
    });
  });

  test('nor what runs beside it use, or have declared where they are not listed', () => {
    const sharers = [{ run: runOf(8).run, gpuMemoryMiB: 8_000 }];
    expect(judge({ gone: unlisted, view: using(8_200), sharers })).toMatchObject({ kind: 'back' });
    expect(judge({ gone: unlisted, view: using(9_000), sharers })).toMatchObject({ kind: 'held' });
    const rows = [row(listed(108, 1_000), { owner: runOf(8) })];
    expect(judge({ gone: unlisted, view: using(1_300), sharers, rows })).toMatchObject({ kind: 'back' });
    expect(judge({ gone: unlisted, view: using(8_200), sharers, rows }), 'listed: counted as it is').toMatchObject({
      kind: 'held',
    });
  });

  test.for([
    ['no level was noted', { before: null }],
    ['the level is unknown', { before: { unexplainedMiB: null, pids: [] } }],
    ['memory is not told', { view: using(null) }],
  ] as const)('%s: it is said that nothing was checked', ([, how]) => {
    expect(judge({ gone: unlisted, ...how })).toMatchObject({
      kind: 'back',
      proof: expect.stringContaining('not checked'),
    });
  });
});

test('a GPU that is not shown any more is not free', () => {
  expect(judge({ view: null })).toEqual({ kind: 'held', words: 'the driver does not show this GPU any more' });
});

test('the tolerance is 256 MiB, or 2 % of a large card', () => {
  expect([null, 8_192, 24_576, 81_559].map(toleranceMiB)).toEqual([256, 256, 491.52, 1_631.18]);
});

test('memory is explained by living processes with a size', () => {
  const rows = [
    row(listed(1, 500)),
    row(listed(2, null)),
    row(listed(3, 400), { alive: false }),
    row(listed(null, 300)),
  ];
  expect(unexplainedMiB(2_000, rows, () => false)).toBe(1_500);
  expect(unexplainedMiB(2_000, rows, ({ process }) => process.pid === 1)).toBe(2_000);
  expect(unexplainedMiB(100, rows, () => false)).toBe(0);
  expect(unexplainedMiB(null, rows, () => false)).toBeNull();
});
