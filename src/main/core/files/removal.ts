import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobId } from '../domain/job.ts';
import { bytesOf, whenGone } from './measure.ts';
import { jobFolder, runFolders } from './runFolders.ts';

/** Where a job keeps what it wants to keep over its runs; TRAINYARD_JOB_DIR of its runs. */
const OWN_FOLDER = 'files';

/** The paths that belong to a job: the folders of its runs and its own. Nothing else in its folder is ours. */
export async function pathsOfJob(dataFolder: string, jobId: JobId): Promise<readonly string[]> {
  const runs = await runFolders(dataFolder, jobId);
  return [...runs.map(({ path }) => path), ownFolder(dataFolder, jobId)];
}

/** The folder a job keeps its checkpoints in. */
export function ownFolder(dataFolder: string, jobId: JobId): string {
  return join(jobFolder(dataFolder, jobId), OWN_FOLDER);
}

/** How many bytes deleting a job frees. */
export async function bytesOfJob(dataFolder: string, jobId: JobId, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const path of await pathsOfJob(dataFolder, jobId)) bytes += await bytesOf(path, signal);
  return bytes;
}

/**
 * Removes all files of a job and answers the bytes that were freed. A link is removed, never what it leads to. Throws when
 * something cannot be removed; what could be is gone then. Begins with nothing more once the signal is aborted, and throws.
 */
export async function removeJob(dataFolder: string, jobId: JobId, signal: AbortSignal): Promise<number> {
  let freed = 0;
  let problem: unknown = null;
  for (const path of await pathsOfJob(dataFolder, jobId)) {
    try {
      const bytes = await bytesOf(path, signal);
      await rm(path, { recursive: true, force: true });
      freed += bytes;
    } catch (error) {
      problem ??= error;
    }
  }
  // What somebody else has put there stays, and the folder with it.
  await rmdir(jobFolder(dataFolder, jobId)).catch((error: unknown) =>
    error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY' ? null : whenGone(error),
  );
  if (problem !== null) throw new RemovalProblem(freed, problem);
  return freed;
}

/** Some files of a job could not be removed. */
export class RemovalProblem extends Error {
  override readonly name = 'RemovalProblem';
  /** Bytes of what could be. */
  readonly freedBytes: number;

  constructor(freedBytes: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.freedBytes = freedBytes;
  }
}
