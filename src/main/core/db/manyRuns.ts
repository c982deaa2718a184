import type { Database } from 'better-sqlite3';
import type { Job } from '../domain/job.ts';
import { runRow, sinceOf } from './jobRow.ts';
import type { NextState } from './jobRow.ts';

/** A job and the state it goes to. */
export interface StateChange {
  readonly job: Job;
  readonly next: NextState;
}

/** Whether the change begins a run, or makes the record of one that never was. */
export function beginsRun({ job, next: { state } }: StateChange): boolean {
  return state.status !== 'queued' && (job.state.status === 'queued' || job.state.run !== state.run);
}

/**
 * Prepares what writes changes that begin a run, for many jobs in two statements: jobs that come to the same state differ in
 * their numbers alone, and binding the rest again for each would take most of the time. Throws when a row is no longer at its
 * job's version.
 */
export function createManyRuns(db: Database) {
  const insert = db.prepare(`
    INSERT INTO runs (id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt)
    SELECT value ->> 0, value ->> 1, value ->> 2, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM json_each(?)`);
  const update = db.prepare(`
    WITH changed AS (SELECT value ->> 0 AS run, value ->> 1 AS id, value ->> 2 AS attempt, value ->> 3 AS version FROM json_each(?))
    UPDATE jobs SET status = ?, since = ?, attempt = changed.attempt, run_id = changed.run, version = jobs.version + 1
    FROM changed WHERE jobs.id = changed.id AND jobs.version = changed.version`);

  return (changes: readonly StateChange[], bootId: string): void => {
    const alike = new Map<
      string,
      { readonly shared: readonly unknown[]; readonly since: number; readonly own: unknown[] }
    >();
    for (const { job, next } of changes) {
      const { id, jobId, attempt, ...rest } = runRow(job.id, next, bootId);
      const shared = [
        rest.status,
        rest.gpus,
        rest.bootId,
        rest.claimedAt,
        rest.startedAt,
        rest.endedAt,
        rest.identity,
        rest.stop,
        rest.outcome,
        rest.receipt,
      ];
      const key = shared.join('\0');
      const group = alike.get(key) ?? { shared, since: sinceOf(next.state), own: [] };
      alike.set(key, group);
      group.own.push([id, jobId, attempt, job.version]);
    }
    for (const { shared, since, own } of alike.values()) {
      const rows = JSON.stringify(own);
      insert.run(...shared, rows);
      const { changes: written } = update.run(rows, shared[0], since);
      if (written !== own.length) throw new Error(`${own.length - written} jobs changed between read and write`);
    }
  };
}
