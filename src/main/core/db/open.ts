import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { isOfItsVersion } from './claimedVersion.ts';
import { connector, inspect } from './inspect.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrate.ts';
import { DatabaseProblem } from './problem.ts';

/** How many backups are kept beside the database. */
const BACKUPS_KEPT = 5;

/** How a database is opened. */
export interface OpenOptions {
  /** Path of the compiled SQLite binding, for runtimes the shipped one does not fit; see scripts/setup. */
  readonly nativeBinding: string | null;
}

/**
 * Opens the queue's database and brings it to this app's schema, with a backup before any migration.
 * Throws {@link DatabaseProblem} and leaves the file as it was when it is newer, damaged, read-only or held.
 */
export function openDatabase(path: string, { nativeBinding }: OpenOptions): Database {
  try {
    refuseUnwritable(path);
    const connect = connector(nativeBinding);
    inspect(path, dirname(path), connect);
    // Environments of jobs may hold secrets: SQLite gives the files beside it the same mode.
    if (!existsSync(path) && existsSync(dirname(path))) closeSync(openSync(path, 'a', 0o600));
    const db = connect(path);
    try {
      const version = schemaVersion(db);
      if (version < SCHEMA_VERSION && !isOfItsVersion(db, connect)) throw DatabaseProblem.corrupt(path, null);
      db.pragma('journal_mode = WAL');
      // A claim must be on disk before a trainer starts: FULL, not NORMAL.
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      if (version > 0 && version < SCHEMA_VERSION) backUp(db, path, version);
      migrate(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    // What SQLite has never seen, or what the migrations did not leave so: a changed byte of the header can be either.
    const isOfTheFile = error instanceof BetterSqlite3.SqliteError;
    throw DatabaseProblem.of(error, path) ?? (isOfTheFile ? DatabaseProblem.corrupt(path, error) : error);
  }
}

/** SQLite opens a read-only file without a word and root ignores modes, so the mode is looked at first. */
function refuseUnwritable(path: string): void {
  if (!existsSync(path)) return;
  const info = statSync(path);
  if (!info.isFile()) throw new DatabaseProblem('unreadable', `The queue database ${path} is not a file.`);
  if ((info.mode & 0o200) === 0) {
    throw new DatabaseProblem(
      'read-only',
      `The queue database ${path} is read-only. Give yourself write permission (chmod u+w) and start again.`,
    );
  }
}

/** A whole copy of the database as it was, beside it; VACUUM INTO reads one consistent state, the WAL included. */
function backUp(db: Database, path: string, version: number): void {
  const folder = join(dirname(path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `queue-v${version}-${new Date().toISOString().replaceAll(':', '')}.sqlite`);
  db.prepare('VACUUM INTO ?').run(target);
  const old = readdirSync(folder)
    .filter((name) => name.startsWith('queue-v'))
    .sort((a, b) => statSync(join(folder, b)).mtimeMs - statSync(join(folder, a)).mtimeMs)
    .slice(BACKUPS_KEPT);
  for (const name of old) rmSync(join(folder, name));
}
