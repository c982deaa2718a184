import type { JobStore, Turn } from '../db/jobStore.ts';
import { isQueued } from '../domain/job.ts';
import type { Job, JobId } from '../domain/job.ts';

/**
 * The queued jobs in the order of their turns, kept beside the rows: a look at 10 000 of them costs no query. The rows are the
 * truth: it is read from them at the start and follows each commit of the queue, the only writer.
 */
export class WaitingList {
  readonly #jobs: JobStore;
  readonly #isLeaving: (id: JobId) => boolean;
  readonly #turns = new Map<JobId, Turn>();
  #sorted: readonly Turn[] | null = null;

  /** Jobs of which it is decided that they leave have no turn any more. */
  constructor(jobs: JobStore, isLeaving: (id: JobId) => boolean) {
    this.#jobs = jobs;
    this.#isLeaving = isLeaving;
    this.reload();
  }

  /** Reads the rows again. */
  reload(): void {
    this.#turns.clear();
    this.#sorted = null;
    for (const turn of this.#jobs.turns()) if (!this.#isLeaving(turn.jobId)) this.#turns.set(turn.jobId, turn);
  }

  /** It is decided that these leave. */
  leave(ids: readonly JobId[]): void {
    for (const id of ids) this.#turns.delete(id);
    this.#sorted = null;
  }

  /** A job is as given since the last commit. */
  follow(job: Job): void {
    if (isQueued(job) && !this.#isLeaving(job.id)) this.#turns.set(job.id, turnOf(job));
    else if (!this.#turns.delete(job.id)) return;
    this.#sorted = null;
  }

  /** These jobs have been passed since the last commit; one that is named twice was passed twice. */
  countOvertaken(ids: readonly JobId[]): void {
    for (const id of ids) {
      const turn = this.#turns.get(id);
      if (turn !== undefined) this.#turns.set(id, { ...turn, overtaken: turn.overtaken + 1 });
    }
    this.#sorted = null;
  }

  /** Every queued job, best first. */
  inOrder(): readonly Turn[] {
    this.#sorted ??= [...this.#turns.values()].sort(byTurn);
    return this.#sorted;
  }

  /** Whether a job waits for GPUs that may have them when it is its turn. */
  wantsGpus(): boolean {
    for (const { gpus, held, elsewhere } of this.#turns.values()) if (gpus > 0 && !held && !elsewhere) return true;
    return false;
  }
}

/** What the scheduler needs of a job that is queued. */
function turnOf({ id, priority, position, held, overtaken, spec }: Job): Turn {
  return {
    jobId: id,
    priority,
    position,
    held,
    overtaken,
    after: spec.after,
    gpus: spec.gpus,
    gpuMemoryMiB: spec.gpuMemoryMiB,
    gpuUuids: spec.gpuUuids,
    minGpuMemoryMiB: spec.minGpuMemoryMiB,
    elsewhere: spec.target.kind !== 'local',
  };
}

function byTurn(a: Turn, b: Turn): number {
  return b.priority - a.priority || a.position - b.position || a.jobId - b.jobId;
}
