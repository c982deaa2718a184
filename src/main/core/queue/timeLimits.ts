import type { JobId, Ms, RunId } from '../domain/job.ts';

/** The longest time a timer of Node holds is 2^31 - 1 ms; an hour is looked at often enough. */
const LONGEST_TIMER_MS = 3_600_000;

/** Tells when a run has had all the time it may take. The clock decides, so a suspended machine loses nothing. */
export class TimeLimits {
  readonly #timers = new Map<RunId, NodeJS.Timeout>();
  readonly #now: () => Ms;
  readonly #onTimeUp: (job: JobId, run: RunId) => void;

  constructor(parts: { readonly now: () => Ms; readonly onTimeUp: (job: JobId, run: RunId) => void }) {
    this.#now = parts.now;
    this.#onTimeUp = parts.onTimeUp;
  }

  /** Calls back once `at` has come; in a later turn, also when it has come already. */
  arm(job: JobId, run: RunId, at: Ms): void {
    this.disarm(run);
    const left = Math.min(Math.max(0, at - this.#now()), LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      if (this.#now() < at) return this.arm(job, run, at);
      this.#timers.delete(run);
      this.#onTimeUp(job, run);
    }, left);
    timer.unref();
    this.#timers.set(run, timer);
  }

  /** The run has ended. */
  disarm(run: RunId): void {
    clearTimeout(this.#timers.get(run));
    this.#timers.delete(run);
  }

  [Symbol.dispose](): void {
    for (const run of this.#timers.keys()) this.disarm(run);
  }
}
