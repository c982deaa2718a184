import BetterSqlite3 from 'better-sqlite3';
import type { OpenOptions } from './open.ts';
import { DatabaseProblem } from './problem.ts';

/** A data folder held by this process until it is disposed or the process ends, however it ends. */
export interface FolderLock {
  [Symbol.dispose](): void;
}

/** The open files of held locks: one that is only collected as garbage would be closed, and its lock lost unnoticed. */
const held = new Set<BetterSqlite3.Database>();

/**
 * Takes the data folder for this process, or answers null when another one holds it.
 * The lock is an open exclusive transaction on a file of its own: the kernel lets go of it when the holder dies, so it
 * can never be stale. Throws {@link DatabaseProblem} when the folder takes no file.
 */
export function lockFolder(path: string, { nativeBinding }: OpenOptions): FolderLock | null {
  let db: BetterSqlite3.Database | null = null;
  try {
    db = new BetterSqlite3(path, { timeout: 0, ...(nativeBinding === null ? {} : { nativeBinding }) });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const problem = DatabaseProblem.of(error, path);
    if (problem?.code === 'in-use') return null;
    throw problem ?? error;
  }
  held.add(db);
  return {
    [Symbol.dispose]() {
      held.delete(db);
      db.close();
    },
  };
}
