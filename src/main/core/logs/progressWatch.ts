import type { Progress } from '../../../shared/job.ts';
import type { Job } from '../domain/job.ts';
import { runPaths } from '../runs/runFiles.ts';
import { progressOf } from './progress.ts';
import { readLog } from './readLog.ts';

/** How much of a log's end is read for a progress line. */
const TAIL_BYTES = 8 * 1024;
/** How often; a log that has not grown is not read. */
const EVERY_MS = 1_000;

/** A live run whose log is looked at. */
export interface WatchedLog {
  readonly jobId: number;
  readonly path: string;
  readonly startedAt: number;
}

/** The log of a job's live run; none of a job that does not run. */
export function watchedLogs(dataFolder: string, { id, state }: Job): readonly WatchedLog[] {
  if (state.status !== 'running') return [];
  return [{ jobId: id, path: runPaths(dataFolder, id, state.run).log, startedAt: state.startedAt }];
}

/** Keeps the progress of every live run, from the ends of their logs. Costs the same whether a log gets a line or a flood. */
export class ProgressWatch {
  readonly #logs: () => readonly WatchedLog[];
  readonly #onProgress: (jobId: number, progress: Progress) => void;
  readonly #now: () => number;
  readonly #known = new Map<number, { readonly size: number; readonly progress: Progress | null }>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(parts: {
    readonly logs: () => readonly WatchedLog[];
    readonly now: () => number;
    readonly onProgress: (jobId: number, progress: Progress) => void;
  }) {
    this.#logs = parts.logs;
    this.#onProgress = parts.onProgress;
    this.#now = parts.now;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  /** The last progress seen of a job in this session of the app. */
  get(jobId: number): Progress | null {
    return this.#known.get(jobId)?.progress ?? null;
  }

  /** A new run of a job starts from nothing. */
  forget(jobId: number): void {
    this.#known.delete(jobId);
  }

  /** Looks at one log now, so that a run that has just ended shows where it ended. */
  async lookAt(log: WatchedLog): Promise<void> {
    const { text, size } = await readLog(log.path, -TAIL_BYTES, TAIL_BYTES);
    const known = this.#known.get(log.jobId);
    if (known?.size === size) return;
    const progress = progressOf(text, this.#now() - log.startedAt) ?? known?.progress ?? null;
    this.#known.set(log.jobId, { size, progress });
    if (progress !== null && !same(progress, known?.progress ?? null)) this.#onProgress(log.jobId, progress);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const log of this.#logs()) await this.lookAt(log);
    } catch {
      // A log that cannot be read now has no progress; the next look may.
    } finally {
      this.#looking = false;
    }
  }
}

function same(a: Progress, b: Progress | null): boolean {
  return (
    b !== null &&
    a.fraction === b.fraction &&
    a.position === b.position &&
    a.loss === b.loss &&
    a.secondsLeft === b.secondsLeft
  );
}
