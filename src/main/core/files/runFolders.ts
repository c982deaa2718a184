import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobId, RunId } from '../domain/job.ts';
import { whenGone } from './measure.ts';
import { MARK } from './removedMark.ts';

/** A job's folder is called after its number, and nothing else. */
const JOB_NAME = /^[1-9]\d{0,14}$/;

/** The folder of one run on disk. */
export interface RunFolder {
  readonly run: RunId;
  readonly path: string;
  /** It was begun to be removed, or is: its mark is there. */
  readonly isMarked: boolean;
  /** Whether anything but the mark is in it. */
  readonly hasFiles: boolean;
}

/** The folder of everything that a job and its runs keep. */
export function jobFolder(dataFolder: string, jobId: JobId): string {
  return join(dataFolder, 'jobs', String(jobId));
}

/** The numbers of all jobs that have a folder. A link is none. */
export async function jobFolders(dataFolder: string): Promise<readonly JobId[]> {
  const entries = (await readdir(join(dataFolder, 'jobs'), { withFileTypes: true }).catch(whenGone)) ?? [];
  return entries.flatMap((entry) => (entry.isDirectory() && JOB_NAME.test(entry.name) ? [Number(entry.name)] : []));
}

/** The folders of a job's runs: those that are named as a run of that very job is, and are no links. */
export async function runFolders(dataFolder: string, jobId: JobId): Promise<readonly RunFolder[]> {
  const directory = jobFolder(dataFolder, jobId);
  const entries = (await readdir(directory, { withFileTypes: true }).catch(whenGone)) ?? [];
  const found: RunFolder[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || !isRunOf(jobId, entry.name)) continue;
    const path = join(directory, entry.name);
    const names = (await readdir(path).catch(whenGone)) ?? [];
    const isMarked = names.includes(MARK);
    found.push({ run: entry.name, path, isMarked, hasFiles: names.length > (isMarked ? 1 : 0) });
  }
  return found;
}

function isRunOf(jobId: JobId, name: string): boolean {
  return name.startsWith(`${jobId}-`) && /^\d+-[1-9]\d*-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}
