import type { Change, QueueView } from '../../../shared/contract.ts';
import type { JobStatus, JobView } from '../../../shared/job.ts';
import type { EventKind, EventStore } from '../db/eventStore.ts';
import type { Job, Ms } from '../domain/job.ts';
import type { Transactions } from './transactions.ts';

/** What news are made of. */
export interface NewsParts {
  readonly events: EventStore;
  readonly transactions: Transactions;
  readonly now: () => Ms;
  /** Jobs in each status when the queue was opened. */
  readonly counts: Readonly<Record<JobStatus, number>>;
  readonly view: (job: Job) => JobView;
  readonly queueView: () => QueueView;
  /** A job is so since the commit; before anybody is told. */
  readonly onCommitted: (job: Job) => void;
  readonly onChange: (change: Change) => void;
}

/** Appends what happened to the numbered events, counts, and tells everybody after the commit. */
export class News {
  readonly #parts: NewsParts;
  readonly #counts: Record<JobStatus, number>;

  constructor(parts: NewsParts) {
    this.#parts = parts;
    this.#counts = { ...parts.counts };
  }

  /** Jobs in each status, all of history counted. */
  counts(): Readonly<Record<JobStatus, number>> {
    return { ...this.#counts };
  }

  /** Records that something happened, to `job` or to the whole queue; `before` is null for a job that is new. */
  recordTx(kind: EventKind, job: Job | null, before: Job | null, data: Readonly<Record<string, unknown>>): void {
    const { events, transactions, now } = this.#parts;
    const at = now();
    const seq = events.appendTx(at, kind, job?.id ?? null, data);
    transactions.afterwards(() => {
      const { view, queueView, onCommitted, onChange } = this.#parts;
      if (before !== null) this.#counts[before.state.status] -= 1;
      if (job !== null) {
        this.#counts[job.state.status] += 1;
        onCommitted(job);
      }
      onChange({
        seq,
        at,
        kind,
        jobId: job?.id ?? null,
        job: job === null ? null : view(job),
        queue: queueView(),
      });
    });
  }

  /** Records that a finished job is no more. */
  recordDeletedTx({ id, state }: Job): void {
    const { events, transactions, now } = this.#parts;
    const at = now();
    const seq = events.appendTx(at, 'job.deleted', id, {});
    transactions.afterwards(() => {
      const { queueView, onChange } = this.#parts;
      this.#counts[state.status] -= 1;
      onChange({ seq, at, kind: 'job.deleted', jobId: id, job: null, queue: queueView() });
    });
  }
}
