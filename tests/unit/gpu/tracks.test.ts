import { describe, expect, test } from 'vitest';
import type { Row } from '../../../src/main/core/gpu/attribution.ts';
import { tracksOf } from '../../../src/main/core/gpu/tracks.ts';
import type { LiveHolder, TrackFacts } from '../../../src/main/core/gpu/tracks.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';
import type { GpuProcess } from '../../../src/shared/gpu.ts';
import { gpu, listed, row, runOf, snapshot } from './machine.ts';

function facts(over: Partial<TrackFacts> = {}): TrackFacts {
  return {
    snapshot: snapshot(),
    rows: [],
    live: [],
    settings: { deniedGpus: [], foreignThresholdMiB: 500 },
    quarantineOf: () => null,
    pidsAreOurs: true,
    windows: false,
    now: 1_500,
    freshMs: 15_000,
    ...over,
  };
}
function holds(jobId: number, gpuMemoryMiB: number | null = null): LiveHolder {
  return { ...runOf(jobId), gpus: ['GPU-A'], gpuMemoryMiB };
}
function first(
  over: Partial<TrackFacts>,
): ReturnType<typeof tracksOf> extends readonly (infer T)[] | null ? T | undefined : never {
  return tracksOf(facts(over))?.[0];
}
const own = (jobId: number, mib: number | null, over: Partial<Row> = {}): Row =>
  row(listed(100 + jobId, mib), { owner: runOf(jobId), ...over });

describe('what is there', () => {
  test.for([
    ['before anything was read', GPU_SNAPSHOT_AT_START],
    ['without a driver', snapshot({ state: 'absent', gpus: [] })],
    ['when the driver fails before it has named one', snapshot({ state: 'failing', gpus: [] })],
  ] as const)('%s: unknown, which is not “none free”', ([, seen]) => {
    expect(tracksOf(facts({ snapshot: seen }))).toBeNull();
  });

  test('a GPU without a number is called by its place', () => {
    const gpus = [gpu('GPU-A', { index: null }), gpu('GPU-B', { index: null, memoryTotalMiB: null })];
    expect(tracksOf(facts({ snapshot: snapshot({ gpus }) }))).toMatchObject([
      { index: 0, memoryTotalMiB: 24_576 },
      { index: 1, memoryTotalMiB: null },
    ]);
  });

  test('a GPU is closed that the settings do not allow, and quarantined with its sentence', () => {
    expect(first({ settings: { deniedGpus: ['GPU-A'], foreignThresholdMiB: 500 } })).toMatchObject({
      closed: 'is not allowed in the settings',
    });
    expect(first({ quarantineOf: () => 'the driver does not answer' })).toMatchObject({
      quarantine: 'the driver does not answer',
      closed: null,
    });
  });
});

describe('a driver that fell silent frees nothing', () => {
  test('what was busy stays busy and what was free is not given', () => {
    const failing = snapshot({ state: 'failing', staleSince: 5 });
    expect(first({ snapshot: failing, rows: [row(listed(4412, 11_469))] })).toMatchObject({
      foreign: 'python (pid 4412), not ours, 11.2 GiB',
      closed: 'does not answer',
    });
  });

  test('old figures prove nothing, of the GPU and of its processes', () => {
    expect(first({ now: 16_001 })).toMatchObject({ closed: 'was last looked at 15 s ago' });
    expect(first({ now: 16_000 })).toMatchObject({ closed: null });
    const oldList = snapshot({ sampledAt: 30_000, processesSampledAt: 1_000 });
    expect(first({ snapshot: oldList, now: 30_500 })).toMatchObject({ closed: 'was last looked at 30 s ago' });
  });

  test('a list that the driver refuses to give is not waited for', () => {
    const failure = { reason: 'permission', message: 'no', advice: 'x' } as const;
    expect(first({ snapshot: snapshot({ sampledAt: 30_000, failure }), now: 30_500 })).toMatchObject({ closed: null });
  });
});

describe('processes of others', () => {
  test.for<[string, GpuProcess, string | null]>([
    ['a desktop’s 25 MiB', listed(900, 25), null],
    ['just below the threshold', listed(900, 499), null],
    ['at the threshold', listed(900, 500), 'python (pid 900), not ours, 500 MiB'],
    ['a pid the driver does not tell', listed(null, 2_048), 'python (pid unknown), not ours, 2.0 GiB'],
    ['a name the driver does not tell', listed(900, 2_048, { name: null }), 'a process (pid 900), not ours, 2.0 GiB'],
    ['another GPU’s process', listed(900, 2_048, { gpuUuid: 'GPU-B' }), null],
  ])('%s', ([, process, foreign]) => {
    expect(first({ rows: [row(process)] })?.foreign).toBe(foreign);
  });

  test('several are all named', () => {
    const rows = [row(listed(1_000, 600)), row(listed(2_000, 700, { name: 'ollama' }))];
    expect(first({ rows })?.foreign).toBe(
      'python (pid 1000), not ours, 600 MiB and ollama (pid 2000), not ours, 700 MiB',
    );
  });

  test('the threshold is the settings’', () => {
    expect(
      first({ rows: [row(listed(9, 200))], settings: { deniedGpus: [], foreignThresholdMiB: 100 } })?.foreign,
    ).toContain('200 MiB');
  });

  test('a process of a live run is not foreign, one of a run that is over is', () => {
    expect(first({ rows: [own(7, 9_000)], live: [holds(7)] })?.foreign).toBeNull();
    expect(first({ rows: [own(7, 9_000)] })?.foreign).toBe('process 107 of #7 has outlived its run and holds 8.8 GiB');
    expect(first({ rows: [own(7, 9_000, { alive: false })] })?.foreign).toBe(
      '#7 is over and its process 107 is gone, but the driver still counts 8.8 GiB for it',
    );
  });

  test('memory of nobody makes a GPU busy', () => {
    const rows = [row(listed(31, 3_000, { name: null }), { alive: false, deadBefore: true })];
    expect(first({ rows })?.foreign).toBe(
      'there is no process 31 any more, but the driver still counts 2.9 GiB for it',
    );
  });

  test('one of unknown size counts by what is in use beyond ours, but not on Windows, where all are of unknown size', () => {
    const rows = [row(listed(900, null))];
    const used = (memoryUsedMiB: number | null) => snapshot({ gpus: [gpu('GPU-A', { memoryUsedMiB })] });
    expect(first({ rows, snapshot: used(499) })?.foreign).toBeNull();
    expect(first({ rows, snapshot: used(null) })?.foreign).toBeNull();
    expect(first({ rows, snapshot: used(6_144) })?.foreign).toBe(
      'python (pid 900), not ours, of unknown size: 6.0 GiB are in use beyond ours',
    );
    expect(first({ rows, snapshot: used(6_144), windows: true })?.foreign).toBeNull();
    expect(
      first({ rows: [...rows, own(7, 6_000)], snapshot: used(6_144), live: [holds(7, 4_000)] })?.foreign,
    ).toBeNull();
    expect(first({ rows, snapshot: used(6_144), live: [holds(7)] })?.foreign, 'whole and not listed').toBeNull();
  });

  test('in a container, rows with foreign pids on a GPU we hold may be our own', () => {
    const rows = [row(listed(88_001, 9_000, { name: null }), { alive: false })];
    expect(first({ rows, pidsAreOurs: false, live: [holds(7)] })?.foreign).toBeNull();
    expect(first({ rows, pidsAreOurs: false })?.foreign).toBe('a process (pid 88001), not ours, 8.8 GiB');
    expect(first({ rows: [row(listed(null, 9_000))], live: [holds(7)] })?.foreign).toBeNull();
  });
});

describe('memory that no declaration covers', () => {
  const used = (memoryUsedMiB: number, memoryFreeMiB = 24_576 - memoryUsedMiB) =>
    snapshot({ gpus: [gpu('GPU-A', { memoryUsedMiB, memoryFreeMiB })] });

  test('what a run uses within its declaration is reserved already', () => {
    expect(first({ snapshot: used(3_000), rows: [own(7, 3_000)], live: [holds(7, 8_000)] })?.undeclaredMiB).toBe(0);
  });

  test('what it uses beyond counts, and so does what others use', () => {
    const rows = [own(7, 9_000), row(listed(5, 300))];
    expect(first({ snapshot: used(9_300), rows, live: [holds(7, 8_000)] })?.undeclaredMiB).toBe(1_300);
    // Windows of a desktop are in use and in no list.
    expect(first({ snapshot: used(9_900), rows, live: [holds(7, 8_000)] })?.undeclaredMiB).toBe(1_900);
  });

  test('a run that is not listed is taken to use what it declared', () => {
    expect(first({ snapshot: used(7_000), live: [holds(7, 8_000)] })?.undeclaredMiB).toBe(0);
    expect(first({ snapshot: used(8_400), live: [holds(7, 8_000)] })?.undeclaredMiB).toBe(400);
  });

  test('what the driver keeps for itself can be given to nobody', () => {
    expect(
      first({ snapshot: used(3_000, 24_576 - 3_000 - 424), rows: [own(7, 3_000)], live: [holds(7, 8_000)] })
        ?.undeclaredMiB,
    ).toBe(424);
  });

  test('on an empty GPU small use is overlooked, so that all of it can be asked for, and large use is not', () => {
    expect(first({ snapshot: used(1) })?.undeclaredMiB).toBe(0);
    expect(first({ snapshot: used(499) })?.undeclaredMiB).toBe(0);
    expect(first({ snapshot: used(2_000) })?.undeclaredMiB).toBe(2_000);
  });

  test('where the driver tells no sizes, nothing is made up', () => {
    const gpus = [gpu('GPU-A', { memoryTotalMiB: null, memoryUsedMiB: null })];
    expect(first({ snapshot: snapshot({ gpus }), rows: [own(7, null)], live: [holds(7, 8_000)] })).toMatchObject({
      undeclaredMiB: 0,
      foreign: null,
    });
  });
});
