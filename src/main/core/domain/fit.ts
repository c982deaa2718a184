import type { Blocker, GpuRefusal } from './blocker.ts';
import type { GpuUuid } from './job.ts';
import type { Holding, Track, Waiting } from './schedule.ts';

/** A blocker that no end of another run can remove, or null. */
export function impossible(job: Waiting, tracks: readonly Track[] | null): Blocker | null {
  if (tracks === null) return { kind: 'no-driver' };
  const allowed = tracks.filter((track) => job.gpuUuids.length === 0 || job.gpuUuids.includes(track.uuid));
  if (job.gpus > allowed.length) {
    return { kind: 'too-few-gpus', wanted: job.gpus, present: allowed.length, named: job.gpuUuids.length > 0 };
  }
  const memory = Math.max(job.gpuMemoryMiB ?? 0, job.minGpuMemoryMiB ?? 0);
  const large = allowed.filter((track) => track.memoryTotalMiB === null || track.memoryTotalMiB >= memory).length;
  return large < job.gpus ? { kind: 'gpus-too-small', wanted: job.gpus, memoryMiB: memory, large } : null;
}

/** The GPUs that fit a job now, best first, and why each other one it could use does not. */
export function fittingTracks(
  job: Waiting,
  tracks: readonly Track[],
  live: readonly Holding[],
): { readonly free: readonly GpuUuid[]; readonly refusals: readonly GpuRefusal[] } {
  const free: { readonly uuid: GpuUuid; readonly shared: boolean }[] = [];
  const refusals: GpuRefusal[] = [];
  for (const track of tracks) {
    if (!mayUse(job, track)) continue;
    const holders = live.filter((run) => run.gpus.includes(track.uuid));
    const refusal = refusalOf(job, track, holders);
    if (refusal === null) free.push({ uuid: track.uuid, shared: holders.length > 0 });
    else refusals.push(refusal);
  }
  // A job that shares fills GPUs that are shared already, so that whole ones stay whole.
  free.sort((a, b) => Number(b.shared) - Number(a.shared));
  return { free: free.map((track) => track.uuid), refusals };
}

function mayUse(job: Waiting, track: Track): boolean {
  if (job.gpuUuids.length > 0 && !job.gpuUuids.includes(track.uuid)) return false;
  return job.minGpuMemoryMiB === null || track.memoryTotalMiB === null || track.memoryTotalMiB >= job.minGpuMemoryMiB;
}

function refusalOf(job: Waiting, track: Track, holders: readonly Holding[]): GpuRefusal | null {
  const { index, memoryTotalMiB } = track;
  if (track.quarantine !== null) return { index, kind: 'quarantined', words: track.quarantine };
  if (track.closed !== undefined && track.closed !== null) return { index, kind: 'closed', words: track.closed };
  if (track.foreign !== null) return { index, kind: 'foreign', words: track.foreign };
  const whole = holders.find((run) => run.gpuMemoryMiB === null);
  if (whole !== undefined) return { index, kind: 'job', jobId: whole.jobId };
  const [first] = holders;
  if (job.gpuMemoryMiB === null) return first === undefined ? null : { index, kind: 'job', jobId: first.jobId };
  // Sharing needs a known size: an unknown one can promise nothing to a second job.
  if (memoryTotalMiB === null) return first === undefined ? null : { index, kind: 'job', jobId: first.jobId };
  const declared = holders.reduce((sum, run) => sum + (run.gpuMemoryMiB ?? 0), 0);
  const leftMiB = memoryTotalMiB - declared - track.undeclaredMiB;
  return leftMiB >= job.gpuMemoryMiB ? null : { index, kind: 'memory', leftMiB: Math.max(0, leftMiB) };
}
