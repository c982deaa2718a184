import type { JobId, Ms, RunId } from '../domain/job.ts';

/** The longest time a timer of Node holds is 2^31 - 1 ms; an hour is looked at often enough. */
const LONGEST_TIMER_MS = 3_600_000;

/** Who hears of it when a run's time is up. */
export interface TimeLimitParts {
  readonly now: () => Ms;
  /** May throw when that cannot be written down now: it is called again then. */
  readonly onTimeUp: (job: JobId, run: RunId) => void;
  /** After how long it is called again, milliseconds. */
  readonly retryMs: Ms;
  readonly onBug: (error: unknown) => void;
}

/** Tells when a run has had all the time it may take. The clock decides, so a suspended machine loses nothing. */
export class TimeLimits {
  readonly #parts: TimeLimitParts;
  readonly #timers = new Map<RunId, NodeJS.Timeout>();
  #disposed = false;

  constructor(parts: TimeLimitParts) {
    this.#parts = parts;
  }

  /** Calls back once `at` has come; in a later turn, also when it has come already. */
  arm(job: JobId, run: RunId, at: Ms): void {
    if (this.#disposed) return;
    this.disarm(run);
    const left = Math.min(Math.max(0, at - this.#parts.now()), LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      if (this.#parts.now() < at) return this.arm(job, run, at);
      this.#timers.delete(run);
      this.#tell(job, run);
    }, left);
    timer.unref();
    this.#timers.set(run, timer);
  }

  /** The run has ended. */
  disarm(run: RunId): void {
    clearTimeout(this.#timers.get(run));
    this.#timers.delete(run);
  }

  /** Calls back no more. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const run of this.#timers.keys()) this.disarm(run);
  }

  #tell(job: JobId, run: RunId): void {
    const { now, onTimeUp, retryMs, onBug } = this.#parts;
    try {
      onTimeUp(job, run);
    } catch (error) {
      onBug(error);
      this.arm(job, run, now() + retryMs);
    }
  }
}
