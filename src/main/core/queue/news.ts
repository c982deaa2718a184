import type { Change, QueueView } from '../../../shared/contract.ts';
import type { JobStatus, JobView } from '../../../shared/job.ts';
import type { EventData, EventKind, EventStore } from '../db/eventStore.ts';
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

/** What happened to one of several jobs; `before` is null for one that is new. */
export interface Happened {
  readonly job: Job;
  readonly before: Job | null;
  readonly data: EventData;
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
  recordTx(kind: EventKind, job: Job | null, before: Job | null, data: EventData): void {
    const { events, now } = this.#parts;
    const at = now();
    const seq = events.appendTx(at, kind, job?.id ?? null, data);
    this.#tellAfterwards(seq, at, kind, job, before);
  }

  /** Records the same kind of thing of several jobs, in their order. */
  recordManyTx(kind: EventKind, happened: readonly Happened[]): void {
    const { events, now } = this.#parts;
    const at = now();
    const first = events.appendManyTx(
      at,
      kind,
      happened.map(({ job, data }) => ({ jobId: job.id, data })),
    );
    for (const [place, { job, before }] of happened.entries())
      this.#tellAfterwards(first + place, at, kind, job, before);
  }

  #tellAfterwards(seq: number, at: Ms, kind: EventKind, job: Job | null, before: Job | null): void {
    const { transactions } = this.#parts;
    transactions.onCommit(() => {
      if (before !== null) this.#counts[before.state.status] -= 1;
      if (job === null) return;
      this.#counts[job.state.status] += 1;
      this.#parts.onCommitted(job);
    });
    transactions.afterwards(() => {
      const { view, queueView, onChange } = this.#parts;
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
    transactions.onCommit(() => {
      this.#counts[state.status] -= 1;
    });
    transactions.afterwards(() => {
      const { queueView, onChange } = this.#parts;
      onChange({ seq, at, kind: 'job.deleted', jobId: id, job: null, queue: queueView() });
    });
  }
}
