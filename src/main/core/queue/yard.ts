import type { QueueMode } from '../../../shared/contract.ts';
import type { JobStore } from '../db/jobStore.ts';
import { isLive } from '../domain/job.ts';
import type { Job } from '../domain/job.ts';
import type { Holding, Track, Yard } from '../domain/schedule.ts';

/** What the queue is set to at this moment. */
export interface YardSettings {
  readonly mode: QueueMode;
  readonly cpuSlots: number;
  readonly tracks: readonly Track[] | null;
}

/** The picture of this moment that the scheduler decides on. */
export function pictureOf(jobs: JobStore, { mode, cpuSlots, tracks }: YardSettings): Yard {
  return {
    mode,
    cpuSlots,
    tracks,
    waiting: jobs.turns().map((turn) => ({
      ...turn,
      after: turn.after.map((jobId) => ({ jobId, status: jobs.statusOf(jobId) })),
    })),
    live: jobs.live().map(holdingOf),
  };
}

function holdingOf(job: Job): Holding {
  return { jobId: job.id, gpus: isLive(job) ? job.state.gpus : [], gpuMemoryMiB: job.spec.gpuMemoryMiB };
}
