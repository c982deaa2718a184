import type { Database } from 'better-sqlite3';
import type { Origin } from '../../../shared/job.ts';
import type { JobId, Ms } from '../domain/job.ts';
import { storedJson } from './storedJson.ts';

/** The decision that many queued jobs leave the queue, and how far it has been carried out. */
export interface Withdrawal {
  readonly id: number;
  readonly at: Ms;
  readonly by: Origin;
  readonly jobs: readonly JobId[];
  /** So many of them, from the first on, have left. */
  readonly done: number;
}

/** Withdrawals that are being carried out; one that is done has no row. */
export type WithdrawalStore = ReturnType<typeof createWithdrawalStore>;

/** Prepares the statements on `db`. */
export function createWithdrawalStore(db: Database) {
  const all = db.prepare<[], Omit<Withdrawal, 'jobs'> & { readonly jobs: string }>(
    'SELECT id, at, by, jobs, done FROM withdrawals ORDER BY id',
  );
  const insert = db.prepare('INSERT INTO withdrawals (at, by, jobs, done) VALUES (?, ?, ?, 0)');
  const progress = db.prepare('UPDATE withdrawals SET done = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM withdrawals WHERE id = ?');

  return {
    /** Every withdrawal that is not done, oldest first. */
    all(): readonly Withdrawal[] {
      return all.all().map((row) => ({ ...row, jobs: storedJson<JobId[]>(row.jobs) }));
    },
    /** Keeps a decision and answers it. */
    insertTx(at: Ms, by: Origin, jobs: readonly JobId[]): Withdrawal {
      const id = Number(insert.run(at, by, JSON.stringify(jobs)).lastInsertRowid);
      return { id, at, by, jobs, done: 0 };
    },
    /** Notes how many have left; when that is all of them, the row goes. */
    progressTx({ id, jobs }: Withdrawal, done: number): void {
      if (done >= jobs.length) remove.run(id);
      else progress.run(done, id);
    },
  };
}
