import type { Database } from 'better-sqlite3';
import { FINISHED_STATUSES } from '../../../shared/job.ts';
import type { JobStatus } from '../../../shared/job.ts';
import type { Job, JobId } from '../domain/job.ts';
import { jobOf, SELECT_JOB } from './jobRow.ts';
import type { JobRow } from './jobRow.ts';

/** What `jobs.list` asks for. */
export interface JobQuery {
  readonly statuses: readonly JobStatus[] | null;
  readonly search: string | null;
  readonly limit: number;
  /** Only jobs with a smaller number. */
  readonly before: JobId | null;
}

type Values = readonly (string | number)[];

/** Lists of jobs, newest first, however long the history is. */
export function createJobLists(db: Database) {
  function rows(sql: string, values: Values): readonly Job[] {
    return db
      .prepare<unknown[], JobRow>(sql)
      .all(...values)
      .map(jobOf);
  }

  /** Jobs that match, newest number first. */
  function list(query: JobQuery): readonly Job[] {
    if (query.search !== null) return searched(query, query.search);
    if (query.statuses !== null) return ofStatuses(query, query.statuses);
    const { where, values } = olderThan('j.id', query.before);
    return rows(`${SELECT_JOB} WHERE ${where} ORDER BY j.id DESC LIMIT ?`, [...values, query.limit]);
  }

  /** The newest of each status, then the newest of those: the index gives each in order, where a sort would read them all. */
  function ofStatuses({ before, limit }: JobQuery, statuses: readonly JobStatus[]): readonly Job[] {
    const { where, values } = olderThan('id', before);
    const newest = `SELECT id FROM (SELECT id FROM jobs WHERE status = ? AND ${where} ORDER BY id DESC LIMIT ?)`;
    const ids = statuses.map(() => newest).join(' UNION ALL ') || 'SELECT NULL';
    return rows(`${SELECT_JOB} WHERE j.id IN (${ids}) ORDER BY j.id DESC LIMIT ?`, [
      ...statuses.flatMap((status) => [status, ...values, limit]),
      limit,
    ]);
  }

  /** Reads the texts of all jobs from the newest on until enough have been found; `job_texts` holds nothing else, so that is fast. */
  function searched({ statuses, before, limit }: JobQuery, search: string): readonly Job[] {
    const { where, values } = olderThan('t.job_id', before);
    const marks = statuses === null ? '' : `AND j.status IN (${statuses.map(() => '?').join(',') || 'NULL'})`;
    const joined = SELECT_JOB.replace('FROM jobs j', 'FROM job_texts t CROSS JOIN jobs j ON j.id = t.job_id');
    return rows(`${joined} WHERE ${where} AND instr(t.text, lower(?)) > 0 ${marks} ORDER BY t.job_id DESC LIMIT ?`, [
      ...values,
      search,
      ...(statuses ?? []),
      limit,
    ]);
  }

  return {
    list,

    /** The latest finished jobs, newest number first. */
    finished(limit: number): readonly Job[] {
      return list({ statuses: FINISHED_STATUSES, search: null, before: null, limit });
    },
  };
}

function olderThan(column: string, before: JobId | null): { readonly where: string; readonly values: Values } {
  return before === null ? { where: 'TRUE', values: [] } : { where: `${column} < ?`, values: [before] };
}
