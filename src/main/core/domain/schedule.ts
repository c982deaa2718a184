import type { QueueMode } from '../../../shared/contract.ts';
import type { Blocker, GpuRefusal } from './blocker.ts';
import type { GpuUuid, JobId } from './job.ts';

/** A queued job as the scheduler sees it. */
export interface Waiting {
  readonly jobId: JobId;
  readonly gpus: number;
  /** MiB on each GPU; null takes whole GPUs. */
  readonly gpuMemoryMiB: number | null;
}

/** A live run as the scheduler sees it: what it holds until its end is proven. */
export interface Holding {
  readonly jobId: JobId;
  readonly gpus: readonly GpuUuid[];
  readonly gpuMemoryMiB: number | null;
}

/** A GPU that exists. */
export interface Track {
  readonly uuid: GpuUuid;
  /** The driver's number, for words only. */
  readonly index: number;
  /** Null where the driver does not tell (unified memory). */
  readonly memoryTotalMiB: number | null;
  /** A process that is not ours and makes the GPU busy, in words; null when there is none. */
  readonly foreign: string | null;
  /** Why nothing may be started on it, in words; null when it is well. */
  readonly quarantine: string | null;
}

/** What the scheduler decides on: a picture of one moment. */
export interface Yard {
  readonly mode: QueueMode;
  /** Best first: priority, then position. */
  readonly waiting: readonly Waiting[];
  readonly live: readonly Holding[];
  /** Null while no driver has answered. */
  readonly tracks: readonly Track[] | null;
  readonly cpuSlots: number;
}

/** A job that may start now, and what it gets. */
export interface Start {
  readonly jobId: JobId;
  readonly gpus: readonly GpuUuid[];
}

/** What starts, and why each other waiting job does not: one answer for the queue and for the people who ask. */
export interface Schedule {
  readonly starts: readonly Start[];
  readonly blockers: ReadonlyMap<JobId, Blocker>;
}

/**
 * Decides what starts. Pure and total: every waiting job is either started or has a blocker.
 *
 * Jobs without GPUs and jobs with GPUs wait in one list but for different things, so neither blocks the other. Among jobs
 * with GPUs the first one that could ever run keeps its place: nothing behind it takes what it waits for.
 */
export function schedule(yard: Yard): Schedule {
  const starts: Start[] = [];
  const blockers = new Map<JobId, Blocker>();
  if (yard.mode !== 'run') {
    for (const job of yard.waiting) blockers.set(job.jobId, { kind: yard.mode === 'pause' ? 'paused' : 'draining' });
    return { starts, blockers };
  }

  const live: Holding[] = [...yard.live];
  let cpuSlotsUsed = live.filter((run) => run.gpus.length === 0).length;
  let keptFor: JobId | null = null;

  for (const job of yard.waiting) {
    if (job.gpus === 0) {
      if (cpuSlotsUsed < yard.cpuSlots) {
        cpuSlotsUsed += 1;
        starts.push({ jobId: job.jobId, gpus: [] });
      } else {
        blockers.set(job.jobId, { kind: 'cpu-slots', slots: yard.cpuSlots });
      }
      continue;
    }
    const never = impossible(job, yard.tracks);
    if (never !== null) {
      blockers.set(job.jobId, never);
      continue;
    }
    if (keptFor !== null) {
      blockers.set(job.jobId, { kind: 'behind', jobId: keptFor });
      continue;
    }
    const fitting = fittingTracks(job, yard.tracks ?? [], live);
    if (fitting.free.length >= job.gpus) {
      const gpus = fitting.free.slice(0, job.gpus);
      starts.push({ jobId: job.jobId, gpus });
      live.push({ jobId: job.jobId, gpus, gpuMemoryMiB: job.gpuMemoryMiB });
    } else {
      keptFor = job.jobId;
      blockers.set(job.jobId, {
        kind: 'gpus-busy',
        wanted: job.gpus,
        free: fitting.free.length,
        refusals: fitting.refusals,
      });
    }
  }
  return { starts, blockers };
}

/** A blocker that no end of another run can remove. */
function impossible(job: Waiting, tracks: readonly Track[] | null): Blocker | null {
  if (tracks === null) return { kind: 'no-driver' };
  if (job.gpus > tracks.length) return { kind: 'too-few-gpus', wanted: job.gpus, present: tracks.length };
  const memory = job.gpuMemoryMiB;
  if (memory === null) return null;
  const large = tracks.filter((track) => track.memoryTotalMiB === null || track.memoryTotalMiB >= memory).length;
  return large < job.gpus ? { kind: 'gpus-too-small', wanted: job.gpus, memoryMiB: memory, large } : null;
}

function fittingTracks(
  job: Waiting,
  tracks: readonly Track[],
  live: readonly Holding[],
): { readonly free: readonly GpuUuid[]; readonly refusals: readonly GpuRefusal[] } {
  const free: { readonly uuid: GpuUuid; readonly shared: boolean }[] = [];
  const refusals: GpuRefusal[] = [];
  for (const track of tracks) {
    const holders = live.filter((run) => run.gpus.includes(track.uuid));
    const refusal = refusalOf(job, track, holders);
    if (refusal === null) free.push({ uuid: track.uuid, shared: holders.length > 0 });
    else refusals.push(refusal);
  }
  // A job that shares fills GPUs that are shared already, so that whole ones stay whole.
  free.sort((a, b) => Number(b.shared) - Number(a.shared));
  return { free: free.map((track) => track.uuid), refusals };
}

function refusalOf(job: Waiting, track: Track, holders: readonly Holding[]): GpuRefusal | null {
  if (track.quarantine !== null) return { index: track.index, kind: 'quarantined', words: track.quarantine };
  if (track.foreign !== null) return { index: track.index, kind: 'foreign', words: track.foreign };
  const first = holders[0];
  if (first === undefined) return null;
  if (job.gpuMemoryMiB === null || holders.some((run) => run.gpuMemoryMiB === null)) {
    return { index: track.index, kind: 'job', jobId: first.jobId };
  }
  // Sharing needs a known size: an unknown one can promise nothing to a second job.
  if (track.memoryTotalMiB === null) return { index: track.index, kind: 'job', jobId: first.jobId };
  const reserved = holders.reduce((sum, run) => sum + (run.gpuMemoryMiB ?? 0), 0);
  const left = track.memoryTotalMiB - reserved;
  return left >= job.gpuMemoryMiB ? null : { index: track.index, kind: 'memory', leftMiB: left };
}
