import { describe, expect, test } from 'vitest';
import { tracksOf } from '../../src/main/core/gpu/tracks.ts';
import { GPU_SNAPSHOT_AT_START } from '../../src/shared/gpu.ts';
import type { GpuProcess, GpuSnapshot, GpuView } from '../../src/shared/gpu.ts';

function gpu(uuid: string, over: Partial<GpuView> = {}): GpuView {
  return {
    uuid,
    index: 0,
    name: 'NVIDIA GeForce RTX 3090',
    pciBusId: '00000000:01:00.0',
    driverVersion: '560.35.03',
    memoryTotalMiB: 24_576,
    memoryUsedMiB: 0,
    memoryFreeMiB: 24_576,
    utilizationPercent: 0,
    temperatureCelsius: 40,
    powerDrawWatts: 20,
    powerLimitWatts: 350,
    mig: null,
    unifiedMemory: false,
    quarantine: null,
    ...over,
  } as GpuView;
}
function holder(pid: number | null, memoryUsedMiB: number | null, over: Partial<GpuProcess> = {}): GpuProcess {
  return {
    pid,
    gpuUuid: 'GPU-A',
    name: 'python',
    memoryUsedMiB,
    jobId: null,
    leaked: false,
    words: null,
    ...over,
  } as GpuProcess;
}
function seen(over: Partial<GpuSnapshot> = {}): GpuSnapshot {
  return { ...GPU_SNAPSHOT_AT_START, state: 'ok', gpus: [gpu('GPU-A')], sampledAt: 1, processesSampledAt: 1, ...over };
}
const ownNothing = (): ReadonlySet<number> => new Set();

describe('GPUs as the scheduler sees them', () => {
  test.for([
    ['before anything was read', GPU_SNAPSHOT_AT_START],
    ['without a driver', seen({ state: 'absent', gpus: [] })],
    ['when the driver fails before it has named one', seen({ state: 'failing', gpus: [] })],
  ] as const)('%s: unknown, which is not “none free”', ([, snapshot]) => {
    expect(tracksOf(snapshot, ownNothing)).toBeNull();
  });

  test('a failing driver’s last word counts: a GPU does not become free by falling silent', () => {
    const snapshot = seen({ state: 'failing', staleSince: 5, processes: [holder(4412, 11_469)] });
    expect(tracksOf(snapshot, ownNothing)).toMatchObject([
      {
        uuid: 'GPU-A',
        index: 0,
        memoryTotalMiB: 24_576,
        foreign: 'python (pid 4412), not ours, 11.2 GiB',
        quarantine: null,
      },
    ]);
  });

  test('a process of ours is not foreign, on whichever GPU it sits', () => {
    expect(tracksOf(seen({ processes: [holder(77, 9_000)] }), () => new Set([77]))?.[0]?.foreign).toBeNull();
  });

  test.for<[string, GpuProcess, string | null]>([
    ['a desktop’s 25 MiB', holder(900, 25), null],
    ['just below the threshold', holder(900, 499), null],
    ['at the threshold', holder(900, 500), 'python (pid 900), not ours, 500 MiB'],
    ['memory the driver does not tell', holder(900, null), null],
    ['a pid the driver does not tell', holder(null, 2_048), 'python (pid unknown), not ours, 2.0 GiB'],
    ['a name the driver does not tell', holder(900, 2_048, { name: null }), 'a process (pid 900), not ours, 2.0 GiB'],
    ['another GPU’s process', holder(900, 2_048, { gpuUuid: 'GPU-B' }), null],
  ])('%s', ([, process, foreign]) => {
    expect(tracksOf(seen({ processes: [process] }), ownNothing)?.[0]?.foreign).toBe(foreign);
  });

  test('several foreign processes are all named', () => {
    const processes = [holder(1_000, 600), holder(2_000, 700, { name: 'ollama' })];
    expect(tracksOf(seen({ processes }), ownNothing)?.[0]?.foreign).toBe(
      'python (pid 1000), not ours, 600 MiB and ollama (pid 2000), not ours, 700 MiB',
    );
  });

  test('a GPU without a number is called by its place', () => {
    const gpus = [gpu('GPU-A', { index: null }), gpu('GPU-B', { index: null, memoryTotalMiB: null })];
    expect(
      tracksOf(seen({ gpus }), ownNothing)?.map(({ index, memoryTotalMiB }) => ({ index, memoryTotalMiB })),
    ).toEqual([
      { index: 0, memoryTotalMiB: 24_576 },
      { index: 1, memoryTotalMiB: null },
    ]);
  });

  test('our own processes are asked for only when somebody holds a GPU: listing them is not free', () => {
    let asked = 0;
    const count = (): ReadonlySet<number> => {
      asked += 1;
      return new Set();
    };
    tracksOf(seen(), count);
    expect(asked).toBe(0);
    tracksOf(seen({ gpus: [gpu('GPU-A'), gpu('GPU-B')], processes: [holder(5, 600)] }), count);
    expect(asked).toBe(1);
  });
});
