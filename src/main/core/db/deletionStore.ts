import type { Database } from 'better-sqlite3';
import type { JobId, Ms, RunId } from '../domain/job.ts';

/** What deleting and keeping files needs to know of rows, and the deleting of rows. */
export type DeletionStore = ReturnType<typeof createDeletionStore>;

/** Prepares the statements on `db`. */
export function createDeletionStore(db: Database) {
  // Its runs go with it: they refer to it with ON DELETE CASCADE.
  const deleteJob = db.prepare('DELETE FROM jobs WHERE id = ?');
  // Numbers have no gaps, so the events stay; what they say of the job goes.
  const empty = db.prepare(`UPDATE events SET data = '{}' WHERE job_id = ?`);
  const deleted = db.prepare<[number], { readonly seq: number }>(
    `SELECT seq FROM events WHERE job_id = ? AND kind = 'job.deleted' LIMIT 1`,
  );
  const runEnd = db.prepare<[string], { readonly ended_at: number | null }>('SELECT ended_at FROM runs WHERE id = ?');

  return {
    /** Removes a job with its runs and what its events say. */
    deleteTx(id: JobId): void {
      empty.run(id);
      deleteJob.run(id);
    },
    /** Whether a job of that number was deleted; numbers are never given twice. */
    wasDeleted(id: JobId): boolean {
      return deleted.get(id) !== undefined;
    },
    /** When a run ended; null while it is live, and for one that has no row. */
    endOf(run: RunId): Ms | null {
      return runEnd.get(run)?.ended_at ?? null;
    },
  };
}
