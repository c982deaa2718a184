import { blockerWords } from '../domain/blocker.ts';
import type { Blocker } from '../domain/blocker.ts';
import type { JobId } from '../domain/job.ts';
import { schedule } from '../domain/schedule.ts';
import type { Start, Yard } from '../domain/schedule.ts';

/** What the dispatcher looks at and whom it tells. */
export interface DispatcherParts {
  readonly picture: () => Yard;
  /** Claims in one transaction what may start. */
  readonly claim: (starts: readonly Start[]) => void;
  /** Sentences of jobs that wait, where they differ from the last ones. */
  readonly onBlockers: (blockers: readonly { readonly jobId: JobId; readonly sentence: string }[]) => void;
  /** A look has failed: a bug, or a disk that cannot be written. */
  readonly onFailure: (error: unknown) => void;
}

/** A look at a long queue takes milliseconds: after one, the next waits so many times as long, so that looking is never most of the work. */
const REST_FACTOR = 4;

/** Looks what can start whenever something has changed, and remembers why each other job does not. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  /** Words of blockers; many jobs share one. */
  readonly #words = new WeakMap<Blocker, string>();
  #blockers: ReadonlyMap<JobId, Blocker> = new Map();
  #due = false;
  /** No look before that, as performance.now() counts. */
  #restsUntil = 0;
  #rest: NodeJS.Timeout | null = null;
  #disposed = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Why a job that waits does not start, as of the last look; null for any other. */
  blockerOf(id: JobId): Blocker | null {
    return this.#blockers.get(id) ?? null;
  }

  /** Looks soon. Many calls in one turn are one look. */
  lookSoon(): void {
    if (this.#due) return;
    this.#due = true;
    const restMs = this.#restsUntil - performance.now();
    if (restMs < 1) queueMicrotask(() => this.#lookNow());
    else this.#rest = setTimeout(() => this.#lookNow(), restMs);
  }

  /** Claims what may start, inside the transaction that is open: what has just become free is given away in the same commit. */
  claimTx(): void {
    if (this.#restsUntil > performance.now()) return;
    const from = performance.now();
    const { starts } = schedule(this.#parts.picture());
    this.#restAfter(from);
    if (starts.length > 0) this.#parts.claim(starts);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#rest !== null) clearTimeout(this.#rest);
  }

  #lookNow(): void {
    this.#due = false;
    if (this.#disposed) return;
    try {
      this.#look();
    } catch (error) {
      this.#parts.onFailure(error);
    }
  }

  #look(): void {
    const from = performance.now();
    const { starts, blockers } = schedule(this.#parts.picture());
    const news: { readonly jobId: JobId; readonly sentence: string }[] = [];
    for (const [jobId, blocker] of blockers) {
      const before = this.#blockers.get(jobId);
      if (before === blocker) continue;
      const sentence = this.#sentenceOf(blocker);
      if (before === undefined || this.#sentenceOf(before) !== sentence) news.push({ jobId, sentence });
    }
    this.#blockers = blockers;
    this.#restAfter(from);
    if (starts.length > 0) {
      this.#parts.claim(starts);
      // Who waits now waits for what has just been given away: the next look says so.
      this.lookSoon();
    }
    if (news.length > 0) this.#parts.onBlockers(news);
  }

  #restAfter(from: number): void {
    const to = performance.now();
    this.#restsUntil = to + (to - from) * REST_FACTOR;
  }

  #sentenceOf(blocker: Blocker): string {
    let words = this.#words.get(blocker);
    if (words === undefined) {
      words = blockerWords(blocker);
      this.#words.set(blocker, words);
    }
    return words;
  }
}
