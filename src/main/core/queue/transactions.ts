import type { Database } from 'better-sqlite3';
import { required } from '../../../shared/result.ts';

/** One transaction at a time, and what is to be done after its commit only. */
export class Transactions {
  readonly #db: Database;
  readonly #onBug: (error: unknown) => void;
  /** What to do after the transaction that is open now; null when none is. */
  #afterCommit: (() => void)[] | null = null;
  /** What committed transactions have left to be done. */
  readonly #due: (() => void)[] = [];
  #isDoing = false;

  constructor(db: Database, onBug: (error: unknown) => void) {
    this.#db = db;
    this.#onBug = onBug;
  }

  /** Runs `work` in one transaction, inside the open one if there is one; what it leaves for afterwards runs after the commit only. */
  run<T>(work: () => T): T {
    if (this.#afterCommit !== null) return work();
    const acts: (() => void)[] = [];
    this.#afterCommit = acts;
    let result: T;
    try {
      result = this.#db.transaction(work).immediate();
    } finally {
      this.#afterCommit = null;
    }
    this.#due.push(...acts);
    this.#doWhatIsDue();
    return result;
  }

  /** Does it after the commit of the transaction that is open. */
  afterwards(act: () => void): void {
    required(this.#afterCommit, 'a transaction is open').push(act);
  }

  /**
   * In the order of the commits, whoever asks: an act may make a transaction itself, and Electron may let a waiting one in while
   * an act calls it. Otherwise somebody would be told of a change before the one that came first.
   */
  #doWhatIsDue(): void {
    if (this.#isDoing) return;
    this.#isDoing = true;
    // Acts that come meanwhile are added at the end.
    for (const act of this.#due) {
      // The change is committed: an effect that fails must not keep the others, or the news, from going out.
      try {
        act();
      } catch (error) {
        this.#onBug(error);
      }
    }
    this.#due.length = 0;
    this.#isDoing = false;
  }
}
