import type { GpuFailure, GpuProcess, GpuView } from '../../../shared/gpu.ts';
import { adviceFor } from './nvidia-smi-parser/failure.ts';
import type { ComputeApp, Failure, Gpu } from './nvidia-smi-parser/types.ts';

/** The GPUs that can be given to a run, and a failure when one of the rows names no GPU. */
export function gpuViews(gpus: readonly Gpu[]): {
  readonly views: readonly GpuView[];
  readonly failure: GpuFailure | null;
} {
  const views: GpuView[] = [];
  for (const { uuid, minorNumber: _minor, migDevices: _instances, ...rest } of gpus) {
    if (uuid !== null) views.push({ uuid, ...rest, quarantine: null });
  }
  const nameless = gpus.length - views.length;
  if (nameless === 0) return { views, failure: null };
  const message = `${nameless} of ${gpus.length} GPUs do not tell their uuid.`;
  return { views, failure: { reason: 'handle-error', message, advice: adviceFor('handle-error') } };
}

/** The processes that can be told apart by GPU; whose they are is found out later. */
export function processViews(apps: readonly ComputeApp[]): readonly GpuProcess[] {
  return apps.flatMap(({ gpuUuid, ...rest }) =>
    gpuUuid === null ? [] : [{ gpuUuid, ...rest, jobId: null, leaked: false, words: null }],
  );
}

/** A failure without what only the monitor needs. */
export function failureView({ reason, message, advice }: Failure): GpuFailure {
  return { reason, message, advice };
}
