import type { JobStatus, Origin } from '../../../shared/job.ts';
import { ok, refused, required } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { WithdrawalStore } from '../db/withdrawalStore.ts';
import type { Job, JobId, Ms, RunId } from '../domain/job.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import { cancelPlan } from './cancelPlan.ts';
import type { JobWriter, Request } from './jobWriter.ts';
import type { Transactions } from './transactions.ts';
import { LEAVE_AT_ONCE, Withdrawals } from './withdrawals.ts';

/** What became of each job of a cancel of several. */
export type CancelResults = readonly Result<Applied, QueueRefusal>[];

/** What cancels are carried out with. */
export interface CancelsParts {
  readonly jobs: JobStore;
  readonly store: WithdrawalStore;
  readonly transactions: Transactions;
  readonly applyAll: JobWriter['applyAll'];
  /** It is decided since the commit that these leave: they have no turn any more. */
  readonly leave: (ids: readonly JobId[]) => void;
  /** A job of which that was decided waits for its turn again. */
  readonly stays: (job: Job) => void;
  readonly newRunId: (job: JobId, attempt: number) => RunId;
  readonly now: () => Ms;
  /** What could not be written now is written after a while. */
  readonly later: (act: () => void) => void;
  readonly onBug: (error: unknown) => void;
}

/** Cancels jobs, whatever they are doing: one, or many by one decision, of which the queued ones then leave in slices. */
export class Cancels {
  readonly #parts: CancelsParts;
  readonly #withdrawals: Withdrawals;

  constructor(parts: CancelsParts) {
    const { store, transactions, stays, later, onBug } = parts;
    this.#parts = parts;
    this.#withdrawals = new Withdrawals({
      store,
      transactions,
      cancelTx: (ids, by, at) => parts.applyAll(ids.map((id) => this.requestOf(id, by, false, at))),
      stays,
      asItIs: (id) => this.#asItIs(id),
      later,
      onBug,
    });
  }

  /** Goes on with what was decided before the last core ended. */
  resume(): void {
    this.#withdrawals.resume();
  }

  /** Whether it is decided that the job leaves; it is still queued. */
  isLeaving(id: JobId): boolean {
    return this.#withdrawals.has(id);
  }

  /** It has left by another way, and may come back. */
  forget(id: JobId): void {
    this.#withdrawals.forget(id);
  }

  /** The cancel of one job. `at`, where it is given, is when that was decided: a job that has been requeued since is not meant. */
  requestOf(id: JobId, by: Origin, force: boolean, at?: Ms): Request {
    return {
      id,
      event: ({ state, attempt }) => {
        if (at !== undefined && state.status === 'queued' && state.since > at) return null;
        return { type: 'cancel', by, force, freshRun: this.#parts.newRunId(id, attempt + 1) };
      },
      ...(at === undefined ? {} : { at }),
    };
  }

  /**
   * Decides in the open transaction. `whenDone` resolves in the order of `ids`, once each has its record or its refusal.
   * `known` is what the jobs are, for who knows it: to look up ten thousand holds everybody else up.
   */
  manyTx(
    ids: readonly JobId[],
    by: Origin,
    force: boolean,
    known: ReadonlyMap<JobId, JobStatus> | null = null,
  ): { readonly whenDone: Promise<CancelResults> } {
    const { jobs, transactions, applyAll, leave, now } = this.#parts;
    const requestsOf = (of: readonly JobId[]): readonly Request[] => of.map((id) => this.requestOf(id, by, force));
    if (ids.length <= LEAVE_AT_ONCE) return { whenDone: Promise.resolve(applyAll(requestsOf(ids))) };
    const plan = cancelPlan(ids, known ?? jobs.statusesOf(ids), (id) => this.isLeaving(id));
    const answers = new Map<JobId, Result<Applied, QueueRefusal>>();
    const keep = (of: readonly JobId[], results: CancelResults): void => {
      for (const [place, id] of of.entries()) answers.set(id, required(results[place], 'each job has an answer'));
    };
    for (const [id, refusal] of plan.refused) answers.set(id, refused(refusal));
    keep(
      plan.leaving,
      plan.leaving.map((id) => this.#asItIs(id)),
    );
    keep(plan.live, applyAll(requestsOf(plan.live)));
    const leaving = this.#withdrawals.beginTx(plan.queued, by, now());
    transactions.onCommit(() => leave(plan.queued));
    const whenDone = leaving.then((left) => {
      keep(plan.queued, left);
      return ids.map((id) => required(answers.get(id), 'each job has an answer'));
    });
    return { whenDone };
  }

  /** Whoever waits hears what has been done; the rest is done by the next core. */
  [Symbol.dispose](): void {
    this.#withdrawals[Symbol.dispose]();
  }

  /** The answer to the cancel of a job whose record is not written yet. */
  #asItIs(id: JobId): Result<Applied, QueueRefusal> {
    const job = this.#parts.jobs.get(id);
    if (job === null) return refused({ code: 'no-such-job' });
    return 'outcome' in job.state
      ? refused({ code: 'already-finished', status: job.state.status })
      : ok({ before: job, after: job, changed: false });
  }
}
