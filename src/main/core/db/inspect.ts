import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { schemaVersion, SCHEMA_VERSION } from './migrate.ts';
import { DatabaseProblem } from './problem.ts';

/** How long a statement waits for a lock: the whole app waits with it, and what could not be written is tried again. */
const BUSY_LIMIT_MS = 250;

/** Opens a path as SQLite; how depends on the runtime. */
export type Connect = (path: string) => Database;

/**
 * Throws {@link DatabaseProblem} when the database at `path` is newer than this app or damaged, without changing a byte of it.
 * A database that was not closed cleanly has a write-ahead log, and merely opening it would write that back: then a copy
 * is looked at, and as a whole, since that is also when pages may be damaged. `folder` takes the copy for a moment.
 */
export function inspect(path: string, folder: string, connect: Connect): void {
  if (!existsSync(path)) return;
  if (!existsSync(`${path}-wal`)) return look(path, false, connect);
  const place = mkdtempSync(join(folder, 'inspect-'));
  try {
    const copy = join(place, 'queue.sqlite');
    for (const ending of ['', '-wal']) copyFileSync(`${path}${ending}`, `${copy}${ending}`);
    look(copy, true, connect);
  } catch (error) {
    throw nameOriginal(error, path);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }

  function nameOriginal(error: unknown, original: string): unknown {
    if (error instanceof DatabaseProblem && error.code === 'newer')
      return DatabaseProblem.newer(original, error.version ?? 0, SCHEMA_VERSION);
    const problem = DatabaseProblem.of(error, original);
    return problem?.code === 'corrupt' ? DatabaseProblem.corrupt(original, error) : (problem ?? error);
  }
}

function look(path: string, whole: boolean, connect: Connect): void {
  const db = connect(path);
  try {
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) throw DatabaseProblem.newer(path, version, SCHEMA_VERSION);
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    if (whole && db.pragma('quick_check(1)', { simple: true }) !== 'ok') throw DatabaseProblem.corrupt(path, null);
  } finally {
    db.close();
  }
}

/**
 * What is really behind an error met while rows were read: the damage, where SQLite finds some when it looks at every page,
 * else the error itself.
 */
export function damageBehind(error: unknown, db: Database, path: string): unknown {
  const problem = DatabaseProblem.of(error, path);
  if (problem !== null) return problem;
  try {
    return db.pragma('quick_check(1)', { simple: true }) === 'ok' ? error : DatabaseProblem.corrupt(path, error);
  } catch {
    return DatabaseProblem.corrupt(path, error);
  }
}

/** The way to connect on this runtime. */
export function connector(nativeBinding: string | null): Connect {
  return (path) =>
    new BetterSqlite3(path, { timeout: BUSY_LIMIT_MS, ...(nativeBinding === null ? {} : { nativeBinding }) });
}
