import { ok, refused, required } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { NextState } from '../db/jobRow.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { Job, JobId, Ms } from '../domain/job.ts';
import { transition } from '../domain/transition.ts';
import type { Effect, JobEvent } from '../domain/transition.ts';
import type { EndProof } from '../engines/engine.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import { endReceipt } from './endReceipt.ts';
import type { News } from './news.ts';
import { dataOf, kindOf } from './recorded.ts';
import type { Transactions } from './transactions.ts';

/** An event for a job; null asks for nothing. */
export interface Request {
  readonly id: JobId;
  readonly event: (job: Job) => JobEvent | null;
  /** When it happened; without it, now. */
  readonly at?: Ms;
  /** What was observed, where it is the end of a run. */
  readonly proof?: EndProof;
}

/** What an event means for a job. */
interface Decided {
  readonly before: Job;
  readonly event: JobEvent | null;
  readonly next: NextState;
  readonly effects: readonly Effect[];
  readonly changed: boolean;
}

/** What a writer stands on. */
export interface JobWriterParts {
  readonly jobs: JobStore;
  readonly transactions: Transactions;
  readonly news: News;
  readonly now: () => Ms;
  readonly bootId: string;
  /** Does what a committed transition asks for. */
  readonly effects: (job: Job, effects: readonly Effect[]) => void;
}

/** Applies events to jobs: read row → transition → write row and event in one transaction → effects. The queue's hand. */
export class JobWriter {
  readonly #parts: JobWriterParts;

  constructor(parts: JobWriterParts) {
    this.#parts = parts;
  }

  /** Applies events in one transaction; no job is named twice. */
  applyAll(requests: readonly Request[]): readonly Result<Applied, QueueRefusal>[] {
    const { jobs, transactions, bootId } = this.#parts;
    return transactions.run(() => {
      const [first] = requests;
      const read =
        requests.length === 1 && first !== undefined
          ? [jobs.get(first.id)]
          : this.#readAll(requests.map(({ id }) => id));
      const decided = requests.map((request, place) => this.#decide(request, read[place] ?? null));
      const changes = decided.flatMap((result) => (result.ok && result.value.changed ? [result.value] : []));
      const written = jobs.writeManyTx(
        changes.map(({ before, next }) => ({ job: before, next })),
        bootId,
      );
      const after = new Map(
        changes.map((change, place) => [change, required(written[place], 'each change is written')]),
      );
      const results = decided.map((result) => {
        if (!result.ok) return result;
        const { before, effects, changed } = result.value;
        const now = after.get(result.value) ?? before;
        this.#runAfterwards(now, effects);
        return ok({ before, after: now, changed });
      });
      this.#recordTx(changes.map((change) => ({ ...change, after: required(after.get(change), 'it was written') })));
      return results;
    });
  }

  #readAll(ids: readonly JobId[]): readonly (Job | null)[] {
    const found = this.#parts.jobs.getMany(ids);
    return ids.map((id) => found.get(id) ?? null);
  }

  /** What an event means for a job as it is; nothing is written. */
  #decide(request: Request, before: Job | null): Result<Decided, QueueRefusal> {
    if (before === null) return refused({ code: 'no-such-job' });
    const event = request.event(before);
    if (event === null)
      return ok({ before, event, next: { state: before.state, attempt: before.attempt }, effects: [], changed: false });
    const result = transition(before, event, request.at ?? this.#parts.now());
    if (!result.ok) return result;
    const { state, attempt, effects, changed } = result.value;
    const receipt = changed ? endReceipt(before, state, request.proof ?? null) : null;
    return ok({ before, event, next: { state, attempt, receipt }, effects, changed });
  }

  #runAfterwards(job: Job, effects: readonly Effect[]): void {
    if (effects.length > 0) this.#parts.transactions.afterwards(() => this.#parts.effects(job, effects));
  }

  /** One event for each change, in their order. */
  #recordTx(changes: readonly (Decided & { readonly after: Job })[]): void {
    const happened = changes.flatMap(({ event, before, after }) =>
      event === null ? [] : [{ kind: kindOf(event, before), job: after, before, data: dataOf(event, before, after) }],
    );
    const [first] = happened;
    if (first !== undefined && happened.length > 1 && happened.every(({ kind }) => kind === first.kind))
      this.#parts.news.recordManyTx(first.kind, happened);
    else for (const { kind, job, before, data } of happened) this.#parts.news.recordTx(kind, job, before, data);
  }
}
