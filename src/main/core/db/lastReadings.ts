import type { Database } from 'better-sqlite3';

/**
 * Makes a reading that is asked again and again cheap: it is taken once after each `changed`. What a transaction reads before
 * its commit is not kept: it may be rolled back. Nobody may change what is answered.
 */
export class LastReadings {
  readonly #db: Database;
  #changes = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What is read is written, by the caller's transaction. */
  changed(): void {
    this.#changes += 1;
  }

  /** `read`, with its last answer for as long as it is true. */
  of<T>(read: () => T): () => T {
    let kept: { readonly at: number; readonly value: T } | null = null;
    return () => {
      if (this.#db.inTransaction) return read();
      if (kept?.at !== this.#changes) kept = { at: this.#changes, value: read() };
      return kept.value;
    };
  }
}
