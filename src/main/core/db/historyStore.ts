import type { Database } from 'better-sqlite3';
import type { JobStatus } from '../../../shared/job.ts';
import { FINISHED_STATUSES } from '../../../shared/job.ts';
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
    order({ sort, descending, statuses, search }: HistoryQuery): readonly JobId[] {
      const wanted = statuses ?? FINISHED_STATUSES;
      const words = (search ?? '').trim().split(/\s+/).filter(Boolean);
      const conditions = [`j.status IN (${wanted.map(() => '?').join(',') || 'NULL'})`];
      for (const _ of words) conditions.push('instr(t.text, lower(?)) > 0');
      // What is searched is read first: it is narrow, and few rows of the other table are wanted then.
      const jobs = words.length === 0 ? 'jobs j' : 'job_texts t CROSS JOIN jobs j ON j.id = t.job_id';
      const runs = sort === 'duration' ? 'LEFT JOIN runs r ON r.id = j.run_id' : '';
      return db
        .prepare<unknown[], number>(
          `SELECT j.id FROM ${jobs} ${runs} WHERE ${conditions.join(' AND ')} ORDER BY ${KEYS[sort](descending ? 'DESC' : 'ASC')}`,
        )
        .pluck()
        .all(...wanted, ...words);
    },
  };
}
