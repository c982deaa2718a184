import { allProcesses, HAS_PROC, processIds, statOf } from './processTable.ts';
import type { ProcessStat } from './processTable.ts';

/** So often each line is read anew, whatever is known: a number may have been taken over by another process. */
const WHOLE_EVERY_MS = 10_000;

/**
 * Who is whose child, read again only when it is older than whoever asks can use; one reading serves every run. Mostly the
 * numbers alone are read, and the lines of processes that are new or have lost their parent: what a process is does not
 * change otherwise, except for its state and its threads, which are not to be had here.
 */
export class RecentProcesses {
  #table = new Map<number, ProcessStat>();
  #readAt = Number.NEGATIVE_INFINITY;
  #wholeAt = Number.NEGATIVE_INFINITY;

  /** The processes as they were at most `ageMs` ago; their states and threads may be older. */
  get(ageMs: number): readonly Omit<ProcessStat, 'state' | 'threads'>[] {
    const now = performance.now();
    if (now - this.#readAt > ageMs) {
      if (!HAS_PROC || now - this.#wholeAt > WHOLE_EVERY_MS) {
        this.#table = new Map(allProcesses().map((stat) => [stat.pid, stat]));
        this.#wholeAt = now;
      } else this.#readWhatIsNew();
      this.#readAt = now;
    }
    return [...this.#table.values()];
  }

  #readWhatIsNew(): void {
    const ids = new Set(processIds());
    const table = new Map<number, ProcessStat>();
    for (const pid of ids) {
      const known = this.#table.get(pid);
      const stat = known !== undefined && (known.parent === 0 || ids.has(known.parent)) ? known : statOf(pid);
      if (stat !== null) table.set(pid, stat);
    }
    this.#table = table;
  }
}
