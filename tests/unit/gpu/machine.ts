import type { Row, RunName } from '../../../src/main/core/gpu/attribution.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';
import type { GpuProcess, GpuSnapshot, GpuView } from '../../../src/shared/gpu.ts';

/** A GPU with 24 GiB and nothing on it. */
export function gpu(uuid: string, over: Partial<GpuView> = {}): GpuView {
  const memoryTotalMiB = over.memoryTotalMiB === undefined ? 24_576 : over.memoryTotalMiB;
  const memoryUsedMiB = over.memoryUsedMiB === undefined ? 0 : over.memoryUsedMiB;
  return {
    uuid,
    index: 0,
    name: 'NVIDIA GeForce RTX 3090',
    pciBusId: '00000000:01:00.0',
    driverVersion: '560.35.03',
    memoryTotalMiB,
    memoryUsedMiB,
    memoryFreeMiB: memoryTotalMiB === null || memoryUsedMiB === null ? null : memoryTotalMiB - memoryUsedMiB,
    utilizationPercent: 0,
    temperatureCelsius: 40,
    powerDrawWatts: 20,
    powerLimitWatts: 350,
    mig: null,
    unifiedMemory: false,
    quarantine: null,
    ...over,
  };
}

/** A process of the driver's list, on GPU-A. */
export function listed(pid: number | null, memoryUsedMiB: number | null, over: Partial<GpuProcess> = {}): GpuProcess {
  return { pid, gpuUuid: 'GPU-A', name: 'python', memoryUsedMiB, jobId: null, leaked: false, words: null, ...over };
}

/** A row of somebody else's living process. */
export function row(process: GpuProcess, over: Partial<Row> = {}): Row {
  return { process, alive: process.pid === null ? null : true, start: '1', owner: null, deadBefore: false, ...over };
}

/** The first run of a job. */
export function runOf(jobId: number): RunName {
  return { jobId, run: `${jobId}-1-x` };
}

/** A snapshot read just now, at 1000, of GPU-A. */
export function snapshot(over: Partial<GpuSnapshot> = {}): GpuSnapshot {
  const read = { state: 'ok', gpus: [gpu('GPU-A')], sampledAt: 1_000, processesSampledAt: 1_000 } as const;
  return { ...GPU_SNAPSHOT_AT_START, ...read, ...over };
}
