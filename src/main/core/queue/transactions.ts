import type { Database } from 'better-sqlite3';
import { required } from '../../../shared/result.ts';

/** One transaction at a time, and what is to be done after its commit only. */
export class Transactions {
  readonly #db: Database;
  readonly #onBug: (error: unknown) => void;
  /** What to do after the transaction that is open now; null when none is. */
  #open: { readonly onCommit: (() => void)[]; readonly afterwards: (() => void)[] } | null = null;
  /** What committed transactions have left to be done. */
  readonly #due: (() => void)[] = [];
  #isDoing = false;

  constructor(db: Database, onBug: (error: unknown) => void) {
    this.#db = db;
    this.#onBug = onBug;
  }

  /**
   * Runs `work` in one transaction, inside the open one if there is one; what it leaves for afterwards runs after the commit only.
   * The commit is on the disk before that.
   */
  run<T>(work: () => T): T {
    return this.#run(work, () => this.#db.transaction(work).immediate());
  }

  /**
   * Runs `work` as {@link run} does, without waiting for the disk; the next commit that waits takes this one along. A killed app
   * loses none of it, a power failure may: for what is told once more then, or is true without a record.
   */
  runUnsynced<T>(work: () => T): T {
    return this.#run(work, () => {
      this.#db.pragma('synchronous = NORMAL');
      try {
        return this.#db.transaction(work).immediate();
      } finally {
        this.#db.pragma('synchronous = FULL');
      }
    });
  }

  #run<T>(work: () => T, committed: () => T): T {
    if (this.#open !== null) return work();
    const left = { onCommit: [], afterwards: [] };
    this.#open = left;
    let result: T;
    try {
      result = committed();
    } finally {
      this.#open = null;
    }
    this.#doAll(left.onCommit);
    // One by one: a call takes no hundred thousand arguments.
    for (const act of left.afterwards) this.#due.push(act);
    this.#doWhatIsDue();
    return result;
  }

  /**
   * Does it at the commit of the transaction that is open, before anything else can happen: what is kept in memory beside the
   * rows, and nothing more. Whoever decides next decides on it.
   */
  onCommit(act: () => void): void {
    required(this.#open, 'a transaction is open').onCommit.push(act);
  }

  /** Does it after the commit of the transaction that is open: effects and news. */
  afterwards(act: () => void): void {
    required(this.#open, 'a transaction is open').afterwards.push(act);
  }

  /**
   * In the order of the commits, whoever asks: an act may make a transaction itself, and Electron may let a waiting one in while
   * an act calls it. Otherwise somebody would be told of a change before the one that came first.
   */
  #doWhatIsDue(): void {
    if (this.#isDoing) return;
    this.#isDoing = true;
    try {
      // Acts that come meanwhile are added at the end.
      this.#doAll(this.#due);
    } finally {
      this.#due.length = 0;
      this.#isDoing = false;
    }
  }

  /** The change is committed: an act that fails must not keep the others, or the news, from going out. */
  #doAll(acts: readonly (() => void)[]): void {
    for (const act of acts) {
      try {
        act();
      } catch (error) {
        this.#onBug(error);
      }
    }
  }
}
