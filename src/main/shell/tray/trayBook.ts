import type { Change, Events, QueueView, Snapshot } from '../../../shared/contract.ts';
import type { GpuSnapshot } from '../../../shared/gpu.ts';
import { isFinished } from '../../../shared/job.ts';
import type { JobView } from '../../../shared/job.ts';

/** What is kept of a job that waits: a queue may hold 100 000 of them. */
export type WaitingJob = Pick<JobView, 'id' | 'name' | 'sentence' | 'held' | 'priority' | 'position'>;

/** What the tray knows. */
export interface TrayFacts {
  readonly queue: QueueView;
  /** Pending and running jobs by number. */
  readonly live: ReadonlyMap<number, JobView>;
  readonly waiting: ReadonlyMap<number, WaitingJob>;
  /** Position of each GPU on the machine, by UUID. */
  readonly gpuIndexes: ReadonlyMap<string, number>;
}

/** Facts that follow the core's events in place: a cancel of 10 000 jobs is as many changes. */
export class TrayBook implements TrayFacts {
  queue: QueueView;
  readonly live = new Map<number, JobView>();
  readonly waiting = new Map<number, WaitingJob>();
  readonly gpuIndexes = new Map<string, number>();
  #seq: number;

  constructor(snapshot: Snapshot) {
    this.#seq = snapshot.seq;
    this.queue = snapshot.queue;
    for (const job of snapshot.jobs) this.#put(job);
    this.takeGpus(snapshot.gpus);
  }

  /** Takes a numbered change in; false when some before it were missed. One that is known already changes nothing. */
  takeChange({ seq, queue, jobId, job }: Change): boolean {
    if (seq <= this.#seq) return true;
    if (seq !== this.#seq + 1) return false;
    this.#seq = seq;
    this.queue = queue;
    if (jobId !== null) {
      this.live.delete(jobId);
      this.waiting.delete(jobId);
    }
    if (job !== null) this.#put(job);
    return true;
  }

  /** Takes the latest word on a run's progress in. */
  takeProgress({ jobId, progress }: Events['progress']): void {
    const job = this.live.get(jobId);
    if (job !== undefined) this.live.set(jobId, { ...job, progress });
  }

  /** Takes new sentences of waiting jobs in. */
  takeBlockers(blockers: Events['blockers']): void {
    for (const { jobId, sentence } of blockers) {
      const job = this.waiting.get(jobId);
      if (job !== undefined) this.waiting.set(jobId, { ...job, sentence });
    }
  }

  /** Takes a reading of the GPUs in. */
  takeGpus({ gpus }: GpuSnapshot): void {
    this.gpuIndexes.clear();
    for (const { uuid, index } of gpus) if (index !== null) this.gpuIndexes.set(uuid, index);
  }

  #put(job: JobView): void {
    const { id, name, sentence, held, priority, position } = job;
    if (job.status === 'queued') this.waiting.set(id, { id, name, sentence, held, priority, position });
    else if (!isFinished(job.status)) this.live.set(id, job);
  }
}
