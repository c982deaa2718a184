import type { GitState } from '../../../shared/git.ts';
import type { JobId } from '../domain/job.ts';

/** What provenance is found out with. */
export interface ProvenanceParts {
  readonly read: (folder: string) => Promise<GitState | null>;
  /** Keeps what was found. */
  readonly keep: (jobs: readonly JobId[], git: GitState) => void;
  readonly onBug: (error: unknown) => void;
}

/** Finds out where a job's code comes from, behind the back of its submit. */
export interface Provenance {
  /** The job was submitted: looks at its folder soon. */
  readonly submitted: (job: JobId, folder: string) => void;
  /** Whether a job's folder is still to be looked at. */
  readonly isReading: (job: JobId) => boolean;
  /** Resolves when nothing is left to look at. */
  readonly idle: () => Promise<void>;
  readonly [Symbol.dispose]: () => void;
}

/** One git at a time; jobs that wait for the same folder share one look. */
export function createProvenance({ read, keep, onBug }: ProvenanceParts): Provenance {
  const waiting = new Map<string, JobId[]>();
  let current: readonly JobId[] = [];
  let work: Promise<void> | null = null;
  let closed = false;

  async function lookAtAll(): Promise<void> {
    for (const [folder] of waiting) {
      const state = closed ? null : await lookAt(folder);
      // Null is what every row begins with.
      if (state !== null && !closed) keepNow(current, state);
      current = [];
    }
    work = null;
  }

  function lookAt(folder: string): Promise<GitState | null> {
    current = waiting.get(folder) ?? [];
    // Who comes from now on may be about another commit.
    waiting.delete(folder);
    return read(folder).catch((error: unknown) => {
      onBug(error);
      return null;
    });
  }

  function keepNow(jobs: readonly JobId[], state: GitState): void {
    try {
      keep(jobs, state);
    } catch (error) {
      // A database that cannot be written has said so elsewhere: a job without its commit is a job all the same.
      onBug(error);
    }
  }

  return {
    submitted(job, folder) {
      if (closed) return;
      const jobs = waiting.get(folder);
      if (jobs === undefined) waiting.set(folder, [job]);
      else jobs.push(job);
      work ??= Promise.resolve().then(lookAtAll);
    },
    isReading: (job) => current.includes(job) || [...waiting.values()].some((jobs) => jobs.includes(job)),
    idle: () => work ?? Promise.resolve(),
    [Symbol.dispose]() {
      closed = true;
      waiting.clear();
    },
  };
}
