import { statfs } from 'node:fs/promises';
import type { FilesUsage } from '../../../shared/files.ts';
import type { Ms, RunId } from '../domain/job.ts';
import type { KeptRun } from '../domain/retention.ts';
import { bytesOf } from './measure.ts';
import { ownFolder } from './removal.ts';
import { jobFolders, runFolders } from './runFolders.ts';
import { someAtOnce } from './someAtOnce.ts';

/** Every run folder with what it takes, and what jobs keep besides. */
export interface Survey {
  readonly runs: readonly KeptRun[];
  /** Folders whose removal was begun and cut short. */
  readonly begun: readonly string[];
  readonly keptBytes: number;
}

/** Looks at every run folder, a few at a time, so that others get to the disk as well. */
export async function survey(
  dataFolder: string,
  endOf: (run: RunId) => Ms | null,
  signal: AbortSignal,
): Promise<Survey> {
  const jobs = await someAtOnce(await jobFolders(dataFolder), async (jobId) => {
    const folders = await runFolders(dataFolder, jobId);
    const runs: KeptRun[] = [];
    for (const { run, path, isMarked, hasFiles } of folders) {
      if (hasFiles && !isMarked) runs.push({ run, jobId, endedAt: endOf(run), bytes: await bytesOf(path, signal) });
    }
    const begun = folders.filter(({ isMarked, hasFiles }) => isMarked && hasFiles).map(({ path }) => path);
    return { runs, begun, keptBytes: await bytesOf(ownFolder(dataFolder, jobId), signal) };
  });
  return {
    runs: jobs.flatMap(({ runs }) => runs),
    begun: jobs.flatMap(({ begun }) => begun),
    keptBytes: jobs.reduce((sum, { keptBytes }) => sum + keptBytes, 0),
  };
}

/** A survey in numbers, with the room that is left. */
export async function usageOf(dataFolder: string, { runs, keptBytes }: Survey, now: Ms): Promise<FilesUsage> {
  const runBytes = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const disk = await statfs(dataFolder).catch(() => null);
  return {
    totalBytes: runBytes + keptBytes,
    runBytes,
    keptBytes,
    runs: runs.length,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    measuredAt: now,
  };
}
