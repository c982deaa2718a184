import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
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
    const endedCleanly = !existsSync(`${path}-wal`);
    const db = new BetterSqlite3(path, { timeout: 5_000, ...(nativeBinding === null ? {} : { nativeBinding }) });
    try {
      // Read before any pragma that writes: a newer or damaged file must stay as it is.
      const version = schemaVersion(db);
      if (version > SCHEMA_VERSION) throw DatabaseProblem.newer(path, version, SCHEMA_VERSION);
      checkReadable(db, path, endedCleanly);
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
    throw DatabaseProblem.of(error, path) ?? error;
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

/** A whole check costs time with the size of the history, so it is made when the last use did not end cleanly (a WAL is left). */
function checkReadable(db: Database, path: string, endedCleanly: boolean): void {
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
  if (endedCleanly) return;
  const answer = db.pragma('quick_check(1)', { simple: true });
  if (answer !== 'ok') {
    throw new DatabaseProblem(
      'corrupt',
      `The queue database ${path} is damaged (${String(answer)}). Nothing was changed. Move it away and start again, or put back a copy from the backups folder beside it.`,
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
