import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { SCHEMA_VERSION, schemaVersion } from '../../core/db/migrate.ts';
import { DatabaseProblem } from '../../core/db/problem.ts';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';

const NAME = 'database';

/** Whether every page and index of the queue's database is whole. Opened for reading only, beside a core that runs. */
export function database(dataFolder: string): Finding {
  const path = join(dataFolder, 'queue.sqlite');
  if (!existsSync(path)) return note(NAME, `there is none at ${path} yet; the first start makes it.`);
  try {
    const db = new BetterSqlite3(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
    try {
      const version = schemaVersion(db);
      if (version > SCHEMA_VERSION) throw DatabaseProblem.newer(path, version, SCHEMA_VERSION);
      const answer = db.pragma('integrity_check(1)', { simple: true });
      if (answer === 'ok') return ok(NAME, `${path} is whole (schema ${version}).`);
      return wrong(NAME, `${path} is damaged: ${String(answer)}.`, REPAIR);
    } finally {
      db.close();
    }
  } catch (error) {
    const problem = DatabaseProblem.of(error, path);
    if (problem === null) throw error;
    return wrong(NAME, problem.message, problem.code === 'corrupt' ? REPAIR : 'See above.');
  }
}

const REPAIR = 'Put back a copy from the backups folder beside it, or move it away and start with an empty queue.';
