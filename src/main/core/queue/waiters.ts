import type { JobId, Ms } from '../domain/job.ts';

/** Clients that wait for a job to change. Each wait ends by itself: by what it waits for, by its limit, or by its client's going. */
export class Waiters {
  readonly #checks = new Map<JobId, Set<() => void>>();
  readonly #ends = new Set<() => void>();

  /** Resolves when `isDone` says so after a change of the job, after `waitMs`, or when `signal` aborts. */
  until(id: JobId, isDone: () => boolean, waitMs: Ms, signal: AbortSignal | null): Promise<void> {
    if (isDone() || waitMs <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.#checks.get(id)?.delete(check);
        if (this.#checks.get(id)?.size === 0) this.#checks.delete(id);
        this.#ends.delete(end);
        resolve();
      };
      const check = (): void => {
        if (isDone()) end();
      };
      const timer = setTimeout(end, waitMs);
      const checks = this.#checks.get(id) ?? new Set();
      checks.add(check);
      this.#checks.set(id, checks);
      this.#ends.add(end);
      signal?.addEventListener('abort', end);
    });
  }

  /** The job has changed. */
  changed(id: JobId): void {
    for (const check of this.#checks.get(id) ?? []) check();
  }

  /** Ends every wait. */
  [Symbol.dispose](): void {
    for (const end of this.#ends) end();
  }
}
