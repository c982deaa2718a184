import type { QueueMode } from '../../../shared/contract.ts';
import type { JobStatus } from '../../../shared/job.ts';
import type { Blocker } from './blocker.ts';
import { fittingTracks, impossible } from './fit.ts';
import type { GpuUuid, JobId } from './job.ts';

/** A queued job as the scheduler sees it. */
export interface Waiting {
  readonly jobId: JobId;
  readonly priority: number;
  readonly held: boolean;
  /** Jobs that must have completed first, with what they are now; null for one that was deleted. */
  readonly after: readonly { readonly jobId: JobId; readonly status: JobStatus | null }[];
  readonly gpus: number;
  /** MiB on each GPU; null takes whole GPUs. */
  readonly gpuMemoryMiB: number | null;
  /** Only these GPUs will do; empty for any. */
  readonly gpuUuids: readonly GpuUuid[];
  /** Only GPUs with so much memory in all will do, MiB. */
  readonly minGpuMemoryMiB: number | null;
  /** How many jobs behind it have started while it waited for GPUs. */
  readonly overtaken: number;
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
  /** MiB in use beyond what live runs have declared: foreign processes, and runs that take more than they said. */
  readonly undeclaredMiB: number;
  /** A process that is not ours and makes the GPU busy, in words; null when there is none. */
  readonly foreign: string | null;
  /** Why nothing may be started on it, in words; null when it is well. */
  readonly quarantine: string | null;
  /** Another reason to leave it alone, as it follows on its name: `is not allowed in the settings`. */
  readonly closed?: string | null;
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

/** A job that may start now, what it gets, and whom it passes by that. */
export interface Start {
  readonly jobId: JobId;
  readonly gpus: readonly GpuUuid[];
  readonly overtakes: readonly JobId[];
}

/** What starts, and why each other waiting job does not: one answer for the queue and for the people who ask. */
export interface Schedule {
  readonly starts: readonly Start[];
  readonly blockers: ReadonlyMap<JobId, Blocker>;
}

/** So often a job that waits for GPUs may be passed by jobs that fit now; then what it waits for is kept for it. */
export const OVERTAKES_ALLOWED = 8;

/**
 * Decides what starts. Pure and total: every waiting job is either started or has a blocker.
 *
 * Jobs without GPUs and jobs with GPUs wait in one list but for different things, so neither blocks the other. A job with
 * GPUs that does not fit now may be passed by jobs of its own priority behind it, {@link OVERTAKES_ALLOWED} times in all;
 * jobs of lower priority never pass it. So small jobs fill the gaps and a big one is not starved.
 */
export function schedule(yard: Yard): Schedule {
  const starts: Start[] = [];
  const blockers = new Map<JobId, Blocker>();
  const live: Holding[] = [...yard.live];
  const passed: Waiting[] = [];
  let cpuSlotsUsed = live.filter((run) => run.gpus.length === 0).length;

  for (const job of yard.waiting) {
    const blocker = blockerOf(job);
    if (blocker !== null) blockers.set(job.jobId, blocker);
  }
  return { starts, blockers };

  /** The job's blocker, or null when it starts. */
  function blockerOf(job: Waiting): Blocker | null {
    const own = ownBlocker(job, yard.mode);
    if (own !== null) return own;
    if (job.gpus > 0) return gpuBlocker(job);
    if (cpuSlotsUsed >= yard.cpuSlots) return { kind: 'cpu-slots', slots: yard.cpuSlots };
    cpuSlotsUsed += 1;
    starts.push({ jobId: job.jobId, gpus: [], overtakes: [] });
    return null;
  }

  function gpuBlocker(job: Waiting): Blocker | null {
    const never = impossible(job, yard.tracks);
    if (never !== null) return never;
    const keeper = passed.find((first) => first.priority > job.priority || first.overtaken >= OVERTAKES_ALLOWED);
    if (keeper !== undefined) return { kind: 'behind', jobId: keeper.jobId };
    const { free, refusals } = fittingTracks(job, yard.tracks ?? [], live);
    if (free.length < job.gpus) {
      passed.push(job);
      return { kind: 'gpus-busy', wanted: job.gpus, free: free.length, refusals };
    }
    const gpus = free.slice(0, job.gpus);
    starts.push({ jobId: job.jobId, gpus, overtakes: passed.map(({ jobId }) => jobId) });
    live.push({ jobId: job.jobId, gpus, gpuMemoryMiB: job.gpuMemoryMiB });
    // Several may start in one look: the next one must see that these have been passed once more.
    for (const [place, first] of passed.entries()) passed[place] = { ...first, overtaken: first.overtaken + 1 };
    return null;
  }
}

/** What keeps a job back whatever is free. */
function ownBlocker(job: Waiting, mode: QueueMode): Blocker | null {
  if (mode !== 'run') return { kind: mode === 'pause' ? 'paused' : 'draining' };
  if (job.held) return { kind: 'held' };
  const first = job.after.find(({ status }) => status !== 'completed');
  return first === undefined ? null : { kind: 'after', jobId: first.jobId, status: first.status };
}
