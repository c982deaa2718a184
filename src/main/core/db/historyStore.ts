import type { Database } from 'better-sqlite3';
import type { JobStatus } from '../../../shared/job.ts';
import type { HistorySort } from '../../../shared/contract.ts';
import type { JobId } from '../domain/job.ts';

/** Which finished jobs are asked for, and in which order. */
export interface HistoryQuery {
  readonly sort: HistorySort;
  readonly descending: boolean;
  readonly statuses: readonly JobStatus[] | null;
  readonly search: string | null;
}

/** Finished jobs as a list of numbers: what a window needs to scroll to any place of a long history. */
export type HistoryStore = ReturnType<typeof createHistoryStore>;

/** Jobs that never started have no duration: they come last either way. */
const KEYS: Readonly<Record<HistorySort, (direction: 'ASC' | 'DESC') => string>> = {
  number: (direction) => `j.id ${direction}`,
  name: (direction) => `j.name COLLATE NOCASE ${direction}, j.id DESC`,
  time: (direction) => `j.since ${direction}, j.id ${direction}`,
  status: (direction) =>
    `CASE j.status WHEN 'completed' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END ${direction}, j.since DESC, j.id DESC`,
  duration: (direction) => `r.started_at IS NULL, r.ended_at - r.started_at ${direction}, j.id DESC`,
};

/** Prepares nothing: each order is a statement of its own, and is asked for by a person's click. */
export function createHistoryStore(db: Database) {
  return {
    /** The numbers of all finished jobs that match, in order. Every word of the search stands in number, name, command or folder. */
    order(query: HistoryQuery): readonly JobId[] {
      const { sql, values } = orderStatement(query);
      return db
        .prepare<unknown[], number>(sql)
        .pluck()
        .all(...values);
    },
  };
}

/** The statement that answers the query, and what is bound to it. */
export function orderStatement({ sort, descending, statuses, search }: HistoryQuery): {
  readonly sql: string;
  readonly values: readonly string[];
} {
  const words = (search ?? '').trim().split(/\s+/).filter(Boolean);
  // As the index of finished jobs says it: those that are not wanted are left out of what it gives.
  const conditions = [`j.status IN ('completed','failed','cancelled')`];
  if (statuses !== null) conditions.push(`j.status IN (${statuses.map(() => '?').join(',') || 'NULL'})`);
  for (const _ of words) conditions.push('instr(t.text, lower(?)) > 0');
  // SQLite would rather sort: without figures of the tables it takes every index for equally good.
  const all = sort === 'time' ? 'jobs j INDEXED BY jobs_by_end' : 'jobs j';
  // What is searched is read first: it is narrow, and few rows of the other table are wanted then.
  const jobs = words.length === 0 ? all : 'job_texts t CROSS JOIN jobs j ON j.id = t.job_id';
  const runs = sort === 'duration' ? 'LEFT JOIN runs r ON r.id = j.run_id' : '';
  const order = KEYS[sort](descending ? 'DESC' : 'ASC');
  return {
    sql: `SELECT j.id FROM ${jobs} ${runs} WHERE ${conditions.join(' AND ')} ORDER BY ${order}`,
    values: [...(statuses ?? []), ...words],
  };
}
