import type { Database } from 'better-sqlite3';
import type { GitState } from '../../../shared/git.ts';
import type { JobId } from '../domain/job.ts';

/** Which commit the folders of jobs were at. */
export type GitStore = ReturnType<typeof createGitStore>;

/** Prepares the statements on `db`. */
export function createGitStore(db: Database) {
  const set = db.prepare('UPDATE jobs SET git = ? WHERE id = ?');
  const get = db.prepare<[number], { readonly git: string | null }>('SELECT git FROM jobs WHERE id = ?');

  return {
    /** Keeps what git said of a job's folder. A job that is gone meanwhile needs nothing. */
    setTx(id: JobId, git: GitState): void {
      set.run(JSON.stringify(git), id);
    },
    /** What git said of a job's folder; null where there was no git, or nobody has asked. */
    of(id: JobId): GitState | null {
      const text = get.get(id)?.git ?? null;
      return text === null ? null : (JSON.parse(text) as GitState);
    },
  };
}
