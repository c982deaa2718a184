import type { FilesUsage } from '../../../shared/files.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { JobId, Ms, RunId } from '../domain/job.ts';
import { planRetention } from '../domain/retention.ts';
import { runPaths } from '../runs/runFiles.ts';
import { bytesOfJob, removeJob, RemovalProblem } from './removal.ts';
import { removeMarked } from './removedMark.ts';
import { jobFolder, jobFolders } from './runFolders.ts';
import { sharedLook } from './sharedLook.ts';
import { someAtOnce } from './someAtOnce.ts';
import { survey, usageOf } from './usage.ts';

const GIB = 1_073_741_824;
/** How often the retention settings are looked at again. */
const RETENTION_EVERY_MS = 3_600_000;
/** How old a figure of the disk use may be that is shown. */
const USAGE_FRESH_MS = 60_000;
const CUT_SHORT = 'Trainyard is ending; the next start removes the rest of the files.';

/** What the files are looked after with. Nothing of it writes a job. */
export interface FileDeskParts {
  readonly dataFolder: string;
  readonly settings: () => Pick<Settings, 'logRetentionDays' | 'logRetentionGiB'>;
  /** When a run ended; null while it is live, and for one that is not known. */
  readonly endOf: (run: RunId) => Ms | null;
  /** Whether a job of that number was deleted, by this very database. */
  readonly wasDeleted: (jobId: JobId) => boolean;
  readonly now: () => Ms;
  /** A line for the app's log. */
  readonly log: (line: string) => void;
}

/** Measures, keeps down and deletes what runs have left on disk. All of it in the background. */
export interface FileDesk {
  /** What everything takes, at most a minute old. */
  readonly usage: (signal: AbortSignal) => Promise<FilesUsage>;
  /** What the files of these jobs take now, bytes. */
  readonly bytesOfJobs: (jobs: readonly JobId[], signal: AbortSignal) => Promise<number>;
  /** Removes the files of jobs whose rows are gone. */
  readonly remove: (
    jobs: readonly JobId[],
  ) => Promise<{ readonly freedBytes: number; readonly problem: string | null }>;
  /** Settings have changed: keeps to them soon. Many calls are one look. */
  readonly settingsChanged: () => void;
  /** Resolves when nothing is being removed any more. */
  readonly idle: () => Promise<void>;
  /** Begins no removal any more; one that is going on ends soon, and the next start takes it up. */
  readonly [Symbol.dispose]: () => void;
}

/** Begins with what a crash has left of deleted jobs, and keeps to the retention settings from then on. */
export function createFileDesk(parts: FileDeskParts): FileDesk {
  const { dataFolder, settings, endOf, now, log } = parts;
  const closing = new AbortController();
  const { signal: closed } = closing;
  const look = sharedLook(async (signal) => usageOf(dataFolder, await survey(dataFolder, endOf, signal), now()), {
    freshMs: USAGE_FRESH_MS,
    now,
  });
  let work: Promise<void> = Promise.resolve();
  let isDue = false;

  /** One after the other: two looks at the same folders would only be in each other's way. */
  function after(act: () => Promise<void>): Promise<void> {
    work = work.then(async () => {
      if (!closed.aborted)
        await act().catch((error: unknown) => (closed.aborted ? null : log(`files: ${words(error)}`)));
    });
    return work;
  }

  async function remove(jobs: readonly JobId[]): Promise<{ freedBytes: number; problem: string | null }> {
    let freedBytes = 0;
    let problem: string | null = null;
    await someAtOnce(jobs, async (jobId) => {
      if (closed.aborted) {
        problem ??= CUT_SHORT;
        return;
      }
      try {
        const freed = await removeJob(dataFolder, jobId, closed);
        freedBytes += freed;
      } catch (error) {
        if (error instanceof RemovalProblem) freedBytes += error.freedBytes;
        if (closed.aborted) {
          problem ??= CUT_SHORT;
          return;
        }
        log(`files: of deleted job ${jobId}: ${words(error)}`);
        problem ??= `Some files in ${jobFolder(dataFolder, jobId)} could not be removed (${words(error)}); the next start tries again.`;
      }
    });
    look.forget();
    return { freedBytes, problem };
  }

  /** A crash between the transaction and the files left them behind. A folder that this database did not delete is not ours to judge. */
  async function sweepDeleted(): Promise<void> {
    for (const jobId of await jobFolders(dataFolder)) {
      if (closed.aborted) return;
      if (parts.wasDeleted(jobId)) await remove([jobId]);
    }
  }

  async function keepToSettings(): Promise<void> {
    const { logRetentionDays: days, logRetentionGiB: gib } = settings();
    if (days === null && gib === null) return;
    const { runs, begun } = await survey(dataFolder, endOf, closed);
    const going = planRetention(runs, { days, maxBytes: gib === null ? null : gib * GIB }, now());
    const folders = [...begun, ...going.map(({ run, jobId }) => runPaths(dataFolder, jobId, run).directory)];
    await someAtOnce(folders, async (folder) => {
      if (!closed.aborted) await removeMarked(folder, now());
    });
    if (folders.length === 0) return;
    look.forget();
    log(
      `files: the retention setting removed the files of ${folders.length === 1 ? '1 run' : `${folders.length} runs`}`,
    );
  }

  void after(sweepDeleted);
  void after(keepToSettings);
  const timer = setInterval(() => void after(keepToSettings), RETENTION_EVERY_MS);
  timer.unref();

  return {
    usage: (signal) => look.get(signal),
    async bytesOfJobs(jobs, signal) {
      const all = await someAtOnce(jobs, (jobId) => bytesOfJob(dataFolder, jobId, signal));
      return all.reduce((sum, bytes) => sum + bytes, 0);
    },
    remove,
    settingsChanged() {
      if (isDue) return;
      isDue = true;
      void after(async () => {
        isDue = false;
        await keepToSettings();
      });
    },
    idle: () => work,
    [Symbol.dispose]() {
      clearInterval(timer);
      closing.abort();
    },
  };
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
