import type { QueueMode } from '../../../shared/contract.ts';
import type { JobStore, Turn } from '../db/jobStore.ts';
import { isLive } from '../domain/job.ts';
import type { Job, JobId } from '../domain/job.ts';
import type { Holding, Track, Waiting, Yard } from '../domain/schedule.ts';

/** What the queue is set to at this moment, and who waits. */
export interface YardSettings {
  readonly mode: QueueMode;
  readonly cpuSlots: number;
  readonly tracks: readonly Track[] | null;
  /** Every job that waits for its turn, best first. */
  readonly turns: readonly Turn[];
  /** Why nothing can be started elsewhere, or null. */
  readonly elsewhereClosed: string | null;
}

/** The picture of this moment that the scheduler decides on. */
export function pictureOf(jobs: JobStore, { mode, cpuSlots, tracks, turns, elsewhereClosed }: YardSettings): Yard {
  return {
    mode,
    cpuSlots,
    tracks,
    elsewhereClosed,
    waiting: turns.map((turn) => (waitsForNobody(turn) ? turn : waitingFor(jobs, turn))),
    live: jobs.liveHere().map(holdingOf),
  };
}

function holdingOf(job: Job): Holding {
  return { jobId: job.id, gpus: isLive(job) ? job.state.gpus : [], gpuMemoryMiB: job.spec.gpuMemoryMiB };
}

/** Nearly all jobs: they are taken as they are, since there may be many. */
function waitsForNobody(turn: Turn): turn is Turn & { readonly after: readonly [] } {
  return turn.after.length === 0;
}

function waitingFor(jobs: JobStore, turn: Turn): Waiting {
  return { ...turn, after: afterOf(jobs, turn.after, turn.elsewhere) };
}

/** What the jobs that one waits for are now; `elsewhere` says that it goes to another scheduler itself. */
export function afterOf(jobs: JobStore, after: readonly JobId[], elsewhere: boolean): Waiting['after'] {
  return after.map((jobId) => ({
    jobId,
    status: jobs.statusOf(jobId),
    isTakenElsewhere: elsewhere && jobs.isTakenElsewhere(jobId),
  }));
}
