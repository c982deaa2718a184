import { statfs } from 'node:fs/promises';
import type { FilesUsage } from '../../../shared/files.ts';
import type { Ms, RunId } from '../domain/job.ts';
import type { KeptRun } from '../domain/retention.ts';
import { bytesOf } from './measure.ts';
import { ownFolder } from './removal.ts';
import { jobFolders, runFolders } from './runFolders.ts';

/** Every run folder with what it takes, and what jobs keep besides. */
export interface Survey {
  readonly runs: readonly KeptRun[];
  /** Folders whose removal was begun and cut short. */
  readonly begun: readonly string[];
  readonly keptBytes: number;
}

/** Looks at every run folder, one after the other, so that nothing else waits for the disk. */
export async function survey(
  dataFolder: string,
  endOf: (run: RunId) => Ms | null,
  signal: AbortSignal,
): Promise<Survey> {
  const runs: KeptRun[] = [];
  const begun: string[] = [];
  let keptBytes = 0;
  for (const jobId of await jobFolders(dataFolder)) {
    for (const { run, path, isMarked, hasFiles } of await runFolders(dataFolder, jobId)) {
      if (isMarked && hasFiles) begun.push(path);
      else if (hasFiles) runs.push({ run, jobId, endedAt: endOf(run), bytes: await bytesOf(path, signal) });
    }
    keptBytes += await bytesOf(ownFolder(dataFolder, jobId), signal);
  }
  return { runs, begun, keptBytes };
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
