import type { GpuFailure, GpuProcess, GpuSnapshot, GpuView } from '../../../shared/gpu.ts';

/** After fresh figures; `failure` is a partial one. */
export function withGpus(
  previous: GpuSnapshot,
  fresh: { readonly gpus: readonly GpuView[]; readonly at: number; readonly failure: GpuFailure | null },
): GpuSnapshot {
  return { ...previous, state: 'ok', gpus: fresh.gpus, failure: fresh.failure, sampledAt: fresh.at, staleSince: null };
}

/** After a failure: without nvidia-smi there are no GPUs, otherwise the last figures stay and are stale. */
export function withFailure(previous: GpuSnapshot, failure: GpuFailure, at: number): GpuSnapshot {
  const absent = failure.reason === 'not-installed' || (failure.reason === 'no-devices' && previous.gpus.length === 0);
  if (absent) return { ...previous, state: 'absent', gpus: [], processes: [], failure, staleSince: null };
  const staleSince = previous.sampledAt === null ? null : (previous.staleSince ?? at);
  return { ...previous, state: 'failing', failure, staleSince };
}

/** After a sample did not come in time. */
export function withStaleness(previous: GpuSnapshot, since: number): GpuSnapshot {
  return { ...previous, staleSince: previous.staleSince ?? since };
}

/** After a fresh process list, or after a failed try, which leaves the old list and its time. */
export function withProcesses(
  previous: GpuSnapshot,
  fresh: { readonly processes: readonly GpuProcess[]; readonly at: number } | null,
  partial: GpuFailure | null,
): GpuSnapshot {
  const failure = previous.state === 'ok' ? partial : previous.failure;
  if (fresh === null) return { ...previous, failure };
  return { ...previous, processes: fresh.processes, processesSampledAt: fresh.at, failure };
}
