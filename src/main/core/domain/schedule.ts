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
  readonly after: readonly {
    readonly jobId: JobId;
    readonly status: JobStatus | null;
    /** Both go to another scheduler, and that has taken this one: it keeps the order. */
    readonly isTakenElsewhere?: boolean;
  }[];
  readonly gpus: number;
  /** MiB on each GPU; null takes whole GPUs. */
  readonly gpuMemoryMiB: number | null;
  /** Only these GPUs will do; empty for any. */
  readonly gpuUuids: readonly GpuUuid[];
  /** Only GPUs with so much memory in all will do, MiB. */
  readonly minGpuMemoryMiB: number | null;
  /** How many jobs behind it have started while it waited for GPUs. */
  readonly overtaken: number;
  /** Another scheduler gives it what it needs: it takes nothing of this machine. */
  readonly elsewhere?: boolean;
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
  /** Why nothing can be started elsewhere, in words; null when it can. */
  readonly elsewhereClosed?: string | null;
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

/** So many jobs go to another scheduler at one look: tens of thousands would be one long transaction. The next look follows at once. */
export const ELSEWHERE_AT_ONCE = 200;

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
  const passed = new Passed();
  /** What was found for a job holds for every other that wants the same, until something starts. */
  const fits = new Map<string, Fit>();
  const cpuSlots: Blocker = { kind: 'cpu-slots', slots: yard.cpuSlots };
  const modeBlocker: Blocker | null =
    yard.mode === 'run' ? null : { kind: yard.mode === 'pause' ? 'paused' : 'draining' };
  let elsewhereStarts = 0;
  let cpuSlotsUsed = live.filter((run) => run.gpus.length === 0).length;

  for (const job of yard.waiting) {
    const blocker = modeBlocker ?? blockerOf(job);
    if (blocker !== null) blockers.set(job.jobId, blocker);
  }
  return { starts, blockers };

  /** The job's blocker, or null when it starts. */
  function blockerOf(job: Waiting): Blocker | null {
    const own = ownBlocker(job);
    if (own !== null) return own;
    if (job.elsewhere === true) return elsewhereBlocker(job);
    if (job.gpus > 0) return gpuBlocker(job);
    if (cpuSlotsUsed >= yard.cpuSlots) return cpuSlots;
    cpuSlotsUsed += 1;
    starts.push({ jobId: job.jobId, gpus: [], overtakes: [] });
    return null;
  }

  function elsewhereBlocker({ jobId }: Waiting): Blocker | null {
    const { elsewhereClosed = null } = yard;
    if (elsewhereClosed !== null) return { kind: 'elsewhere', words: elsewhereClosed };
    if (elsewhereStarts >= ELSEWHERE_AT_ONCE) return IN_ITS_TURN;
    elsewhereStarts += 1;
    starts.push({ jobId, gpus: [], overtakes: [] });
    return null;
  }

  function gpuBlocker(job: Waiting): Blocker | null {
    const { never, free, busy } = fitOf(job);
    if (never !== null) return never;
    const keeper = passed.keeperFrom(job);
    if (keeper !== null) return keeper;
    if (free.length < job.gpus) {
      passed.add(job);
      return busy;
    }
    const gpus = free.slice(0, job.gpus);
    starts.push({ jobId: job.jobId, gpus, overtakes: passed.ids() });
    live.push({ jobId: job.jobId, gpus, gpuMemoryMiB: job.gpuMemoryMiB });
    fits.clear();
    passed.countStart();
    return null;
  }

  function fitOf(job: Waiting): Fit {
    const wish = `${job.gpus} ${job.gpuMemoryMiB} ${job.minGpuMemoryMiB} ${job.gpuUuids.join()}`;
    const known = fits.get(wish);
    if (known !== undefined) return known;
    const { free, refusals } = fittingTracks(job, yard.tracks ?? [], live);
    const busy: Blocker = { kind: 'gpus-busy', wanted: job.gpus, free: free.length, refusals };
    const fit: Fit = { never: impossible(job, yard.tracks), free, busy };
    fits.set(wish, fit);
    return fit;
  }
}

/** How a wish for GPUs fits what is there now. */
interface Fit {
  readonly never: Blocker | null;
  readonly free: readonly GpuUuid[];
  readonly busy: Blocker;
}

/** Jobs that wait for GPUs and may be passed, best first; each start behind them passes them all. */
class Passed {
  readonly #jobs: { readonly job: Waiting; readonly startsBefore: number }[] = [];
  readonly #words = new Map<JobId, Blocker>();
  #starts = 0;
  /** The first that was passed as often as it may be: what it waits for is kept for it. */
  #worn: JobId | null = null;

  add(job: Waiting): void {
    this.#jobs.push({ job, startsBefore: this.#starts });
    if (this.#worn === null && job.overtaken >= OVERTAKES_ALLOWED) this.#worn = job.jobId;
  }

  /** The next one of several that start in one look must see that these have been passed once more. */
  countStart(): void {
    this.#starts += 1;
    const worn = this.#jobs.find(
      ({ job, startsBefore }) => job.overtaken + this.#starts - startsBefore >= OVERTAKES_ALLOWED,
    );
    this.#worn = worn?.job.jobId ?? null;
  }

  /** The blocker of a job that must not pass one of these, or null. The first of them has the highest priority. */
  keeperFrom({ priority }: Waiting): Blocker | null {
    const first = this.#jobs[0]?.job;
    const keeper = first !== undefined && first.priority > priority ? first.jobId : this.#worn;
    if (keeper === null) return null;
    const known = this.#words.get(keeper) ?? { kind: 'behind', jobId: keeper };
    this.#words.set(keeper, known);
    return known;
  }

  ids(): readonly JobId[] {
    return this.#jobs.map(({ job }) => job.jobId);
  }
}

const HELD: Blocker = { kind: 'held' };
const IN_ITS_TURN: Blocker = {
  kind: 'elsewhere',
  words: `goes to Slurm in its turn, ${ELSEWHERE_AT_ONCE} at a time`,
};

/** What keeps a job back whatever is free. */
function ownBlocker(job: Waiting): Blocker | null {
  if (job.held) return HELD;
  if (job.after.length === 0) return null;
  const first = job.after.find(({ status, isTakenElsewhere }) => status !== 'completed' && isTakenElsewhere !== true);
  return first === undefined ? null : { kind: 'after', jobId: first.jobId, status: first.status };
}
