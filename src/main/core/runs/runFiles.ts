import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { JobId, RunId } from '../domain/job.ts';
import { exitRecordSchema, identityRecordSchema, journalEntrySchema } from '../domain/runnerRecords.ts';
import type { ExitRecord, IdentityRecord, JournalEntry } from '../domain/runnerRecords.ts';

/** Where a job's files are: one directory a run, and `files/` for what the job itself wants to keep (checkpoints). */
export interface RunPaths {
  readonly directory: string;
  readonly log: string;
  readonly journal: string;
  readonly control: string;
  readonly identity: string;
  readonly exit: string;
  readonly runnerError: string;
  /** Shared by all runs of the job; in the run's environment as TRAINYARD_JOB_DIR. */
  readonly jobFiles: string;
}

/** The paths of a run below the data folder; nothing is made. */
export function runPaths(dataFolder: string, jobId: JobId, run: RunId): RunPaths {
  const job = join(dataFolder, 'jobs', String(jobId));
  const directory = join(job, run);
  return {
    directory,
    log: join(directory, 'output.log'),
    journal: join(directory, 'journal.jsonl'),
    control: join(directory, 'control'),
    identity: join(directory, 'identity.json'),
    exit: join(directory, 'exit.json'),
    runnerError: join(directory, 'runner.err'),
    jobFiles: join(job, 'files'),
  };
}

/** Makes the run's directory, its empty journal and the job's folder, for the user alone. */
export function makeRunDirectory(paths: RunPaths): void {
  mkdirSync(paths.directory, { recursive: true, mode: 0o700 });
  mkdirSync(paths.jobFiles, { recursive: true, mode: 0o700 });
  for (const path of [paths.journal, paths.control]) if (!existsSync(path)) writeFileSync(path, '', { mode: 0o600 });
}

/** Hands a request to the runner; it reads the file whether it runs already or not yet. */
export function writeControl(paths: RunPaths, line: string): void {
  // A write that was cut short (a full disk) may have left half a line: this one begins on its own.
  appendFileSync(paths.control, `\n${line}\n`, { mode: 0o600 });
}

/** Who the run is, or null while its runner has not said so. */
export function readIdentity(paths: RunPaths): IdentityRecord | null {
  return readRecord(paths.identity, identityRecordSchema);
}

/** How the run ended, or null while it has not. */
export function readExit(paths: RunPaths): ExitRecord | null {
  return readRecord(paths.exit, exitRecordSchema);
}

/** What the runner said when it could not even start, or null. */
export function readRunnerError(paths: RunPaths): string | null {
  return readText(paths.runnerError)?.trim() || null;
}

/** A record is renamed into place whole, so one that does not parse is not ours: it counts as absent. */
function readRecord<T>(path: string, schema: z.ZodType<T>): T | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  // Mostly there is none yet, and each run is looked at again and again: an error costs ten times as much as this.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Reads a journal as it grows: each call answers the whole lines that have come since the last one. */
export class JournalReader {
  readonly #path: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  read(): readonly JournalEntry[] {
    const chunk = this.#readNew();
    if (chunk.length === 0) return [];
    const bytes = Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end).toString('utf8').split('\n').flatMap(entryOf);
  }

  #readNew(): Buffer {
    let fd: number;
    try {
      fd = openSync(this.#path, 'r');
    } catch {
      return Buffer.alloc(0);
    }
    try {
      const parts: Buffer[] = [];
      for (;;) {
        const part = Buffer.alloc(16 * 1024);
        const count = readSync(fd, part, 0, part.length, this.#offset);
        if (count === 0) return Buffer.concat(parts);
        this.#offset += count;
        parts.push(part.subarray(0, count));
      }
    } finally {
      closeSync(fd);
    }
  }
}

function entryOf(line: string): readonly JournalEntry[] {
  if (line === '') return [];
  try {
    const parsed = journalEntrySchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
