import type { Result } from '../../../shared/result.ts';
import type { Origin } from '../../../shared/job.ts';
import type { Withdrawal, WithdrawalStore } from '../db/withdrawalStore.ts';
import { isQueued } from '../domain/job.ts';
import type { Job, JobId, Ms } from '../domain/job.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import type { Transactions } from './transactions.ts';

/** So many jobs leave in one transaction: a few milliseconds in which nothing else is answered. */
export const LEAVE_AT_ONCE = 200;

/** What a withdrawal is carried out with. */
export interface WithdrawalParts {
  readonly store: WithdrawalStore;
  readonly transactions: Transactions;
  /** Cancels jobs in the open transaction, as of `at`; one that has been requeued since is left alone. */
  readonly cancelTx: (ids: readonly JobId[], by: Origin, at: Ms) => readonly Result<Applied, QueueRefusal>[];
  /** Such a job waits for its turn again. */
  readonly stays: (job: Job) => void;
  /** What is told of a job whose record is not written yet. */
  readonly asItIs: (id: JobId) => Result<Applied, QueueRefusal>;
  /** What could not be written now is written after a while. */
  readonly later: (act: () => void) => void;
  readonly onBug: (error: unknown) => void;
}

type Left = Result<Applied, QueueRefusal>;

interface Open {
  readonly decision: Withdrawal;
  done: number;
  readonly left: Left[];
  readonly tell: (left: readonly Left[]) => void;
}

/**
 * Cancels of more queued jobs than can be written at once. The decision is one row in one transaction: from its commit on none
 * of them starts, also after a crash. Then they leave in slices, each with its record, and the event loop is free in between.
 */
export class Withdrawals {
  readonly #parts: WithdrawalParts;
  readonly #leaving = new Set<JobId>();
  readonly #open: Open[] = [];
  #going = false;
  #disposed = false;

  constructor(parts: WithdrawalParts) {
    this.#parts = parts;
    for (const decision of parts.store.all()) this.#keep(decision, () => {});
  }

  /** Goes on with what was decided before the last core ended. */
  resume(): void {
    if (this.#open.length > 0) this.#goOn();
  }

  /** Whether it is decided that the job leaves; it is still queued. */
  has(id: JobId): boolean {
    return this.#leaving.has(id);
  }

  /** It has left by another way, and may come back. */
  forget(id: JobId): void {
    this.#leaving.delete(id);
  }

  /** Decides in the open transaction that these queued jobs leave. Resolves when they have, or when that cannot be written now. */
  beginTx(ids: readonly JobId[], by: Origin, at: Ms): Promise<readonly Left[]> {
    const { store, transactions } = this.#parts;
    const decision = store.insertTx(at, by, ids);
    return new Promise((resolve) => {
      transactions.onCommit(() => this.#keep(decision, resolve));
      transactions.afterwards(() => this.#goOn());
    });
  }

  /** Whoever waits hears what has been done; the rest is done by the next core. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const open of this.#open) this.#tellWhatIs(open);
  }

  #keep(decision: Withdrawal, tell: Open['tell']): void {
    this.#open.push({ decision, done: decision.done, left: [], tell });
    for (const id of decision.jobs.slice(decision.done)) this.#leaving.add(id);
  }

  /** Told now, while the rows can be read; telling a second time changes nothing. */
  #tellWhatIs({ decision, left, tell }: Open): void {
    tell(decision.jobs.map((id, place) => left[place] ?? this.#parts.asItIs(id)));
  }

  /** One slice a turn. */
  #goOn(): void {
    if (this.#going) return;
    this.#going = true;
    setImmediate(() => {
      this.#going = false;
      const [open] = this.#open;
      if (this.#disposed || open === undefined) return;
      try {
        this.#slice(open);
      } catch (error) {
        this.#parts.onBug(error);
        this.#tellWhatIs(open);
        return this.#parts.later(() => this.#goOn());
      }
      if (this.#open.length > 0) this.#goOn();
    });
  }

  #slice(open: Open): void {
    const { store, transactions, cancelTx, stays } = this.#parts;
    const { decision } = open;
    const ids = decision.jobs.slice(open.done, open.done + LEAVE_AT_ONCE);
    const isLast = open.done + ids.length >= decision.jobs.length;
    const write = (): readonly Left[] => {
      store.progressTx(decision, open.done + ids.length);
      return cancelTx(ids, decision.by, decision.at);
    };
    // The decision is on the disk and carried out again after a power failure; with the last slice all are there.
    const left = isLast ? transactions.run(write) : transactions.runUnsynced(write);
    for (const id of ids) this.#leaving.delete(id);
    for (const one of left) if (one.ok && isQueued(one.value.after)) stays(one.value.after);
    open.done += ids.length;
    open.left.push(...left);
    if (open.done < decision.jobs.length) return;
    this.#open.shift();
    open.tell(open.left);
  }
}
