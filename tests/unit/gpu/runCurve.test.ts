import { describe, expect, test } from 'vitest';
import { headLine, parseRunCurve, sampleLine, sampleOf, thinned } from '../../../src/main/core/gpu/runCurve.ts';
import type { RunCurve, RunSample } from '../../../src/main/core/gpu/runCurve.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';
import type { GpuProcess, GpuSnapshot, GpuView } from '../../../src/shared/gpu.ts';

function at(ms: number): RunSample {
  return { at: ms, readings: [[ms, null, 50]] };
}
function gpu(uuid: string, memoryUsedMiB: number): GpuView {
  return {
    uuid,
    index: 0,
    name: null,
    pciBusId: null,
    driverVersion: null,
    memoryTotalMiB: 24_576,
    memoryUsedMiB,
    memoryFreeMiB: null,
    utilizationPercent: 97,
    temperatureCelsius: null,
    powerDrawWatts: null,
    powerLimitWatts: null,
    mig: null,
    unifiedMemory: false,
    quarantine: null,
  };
}
function holder(gpuUuid: string, memoryUsedMiB: number | null, jobId: number | null, leaked = false): GpuProcess {
  return { pid: 7, gpuUuid, name: 'x', memoryUsedMiB, jobId, leaked, words: null };
}
function snapshot(over: Partial<GpuSnapshot> = {}): GpuSnapshot {
  return {
    ...GPU_SNAPSHOT_AT_START,
    state: 'ok',
    gpus: [gpu('A', 9_000), gpu('B', 20)],
    processes: [holder('A', 4_000, 1), holder('A', 1_000, 1), holder('A', 3_000, 2), holder('A', 900, null)],
    sampledAt: 500,
    processesSampledAt: 400,
    ...over,
  };
}

describe('one sample', () => {
  test('has the memory of the whole GPU, that of the job alone, and the utilisation, in the order of the run', () => {
    expect(sampleOf(snapshot(), 1, ['B', 'A'])).toEqual({
      at: 500,
      readings: [
        [20, 0, 97],
        [9_000, 5_000, 97],
      ],
    });
  });

  test('a driver that does not tell what a process holds leaves the job’s memory open, and never makes it 0', () => {
    const silent = snapshot({ processes: [holder('A', null, 1)] });
    expect(sampleOf(silent, 1, ['A'])?.readings).toEqual([[9_000, null, 97]]);
    expect(sampleOf(snapshot({ processesSampledAt: null, processes: [] }), 1, ['A'])?.readings[0]?.[1]).toBeNull();
    expect(sampleOf(snapshot(), 1, ['gone'])?.readings).toEqual([[null, 0, null]]);
  });

  test('old figures are no sample', () => {
    expect(sampleOf(snapshot({ staleSince: 1 }), 1, ['A'])).toBeNull();
    expect(sampleOf(snapshot({ state: 'failing' }), 1, ['A'])).toBeNull();
  });
});

describe('the file', () => {
  test('is read back as it was written; a line that was cut short costs that line alone', () => {
    const curve = { gpus: ['A'], everyMs: 2_000, samples: [at(1), at(2), at(3)] };
    const text = headLine(curve) + curve.samples.map(sampleLine).join('');
    expect(parseRunCurve(text)).toEqual(curve);
    expect(parseRunCurve(`${text.slice(0, -5)}\n${sampleLine(at(4))}`)?.samples.map((s) => s.at)).toEqual([1, 2, 4]);
    expect(parseRunCurve('')).toBeNull();
    expect(parseRunCurve('garbage\n[1,[2,3,4]]')).toBeNull();
  });

  test('time that went back, as a clock that was set, leaves no knot in the line', () => {
    const text = headLine({ gpus: ['A'], everyMs: 0 }) + [at(5), at(3), at(6)].map(sampleLine).join('');
    expect(parseRunCurve(text)?.samples.map((s) => s.at)).toEqual([5, 6]);
  });

  test('is thinned to half, over and over, and keeps its first and last moment', () => {
    const samples = Array.from({ length: 2_000 }, (_, i) => at(i * 1_000 + (i % 7)));
    let curve: RunCurve = { gpus: ['A'], everyMs: 0, samples };
    for (const [count, every] of [
      [1_001, 2_000],
      [501, 4_000],
      [251, 8_000],
    ] as const) {
      curve = thinned(curve);
      expect(Math.abs(curve.samples.length - count)).toBeLessThan(count * 0.02);
      expect(Math.abs(curve.everyMs - every)).toBeLessThan(every * 0.02);
      expect(curve.samples[0]?.at).toBe(0);
      expect(curve.samples.at(-1)?.at).toBe(1_999 * 1_000 + (1_999 % 7));
    }
  });
});
