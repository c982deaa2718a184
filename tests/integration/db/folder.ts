import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { openDatabase } from '../../../src/main/core/db/open.ts';
import type { NewJob } from '../../../src/main/core/db/jobRow.ts';
import type { JobSpec } from '../../../src/main/core/domain/job.ts';

/** The binding that the better-sqlite3 package ships for this Node. */
export const SHIPPED = { nativeBinding: null };

/** A folder that is gone after the test, with every database opened through it closed before. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'trainyard-db-'));
  readonly #open: Database[] = [];

  /** The path of a file in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Opens as the app does. */
  open(name = 'queue.sqlite'): Database {
    return this.#kept(openDatabase(this.at(name), SHIPPED));
  }

  /** Opens without any of the app's checks. */
  raw(name = 'queue.sqlite'): Database {
    return this.#kept(new BetterSqlite3(this.at(name)));
  }

  /** Copies a database that is open now, with its write-ahead log: what a crash at this moment would leave. */
  crashCopy(from: string, to: string): void {
    copyFileSync(this.at(from), this.at(to));
    copyFileSync(this.at(`${from}-wal`), this.at(`${to}-wal`));
  }

  [Symbol.dispose](): void {
    for (const db of this.#open) db.close();
    rmSync(this.path, { recursive: true, force: true });
  }

  #kept(db: Database): Database {
    this.#open.push(db);
    return db;
  }
}

/** What is in a file, short enough to compare; null when there is none. */
export function fingerprint(path: string): string | null {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

/** A new job as a submission makes it. */
export function newJob(over: Partial<JobSpec> = {}, place: Partial<Omit<NewJob, 'spec'>> = {}): NewJob {
  return {
    priority: 0,
    held: false,
    submittedAt: 1_000,
    ...place,
    spec: {
      name: 'train',
      command: ['python', 'train.py'],
      cwd: '/home/ada/project',
      env: { SEED: '1' },
      secretEnv: [],
      gpus: 1,
      gpuMemoryMiB: null,
      gpuUuids: [],
      minGpuMemoryMiB: null,
      after: [],
      stopSignal: 'SIGTERM',
      graceMs: 10_000,
      timeLimitMs: null,
      target: { kind: 'local' },
      ...over,
    },
  };
}
