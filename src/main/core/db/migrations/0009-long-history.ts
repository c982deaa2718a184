import type { Migration } from '../migrate.ts';

/** A search finds a job by its number and its folder as well, in the narrow table that is read for it; finished jobs lie in the order of their ends. */
export const migration0009: Migration = {
  version: 9,
  name: 'long-history',
  sql: `
    UPDATE job_texts SET text = '#' || job_id || char(10) || text || char(10) || (SELECT lower(cwd) FROM jobs WHERE id = job_id);
    DROP TRIGGER job_texts_follow_jobs;
    CREATE TRIGGER job_texts_follow_jobs AFTER INSERT ON jobs BEGIN
      INSERT INTO job_texts VALUES
        (new.id, '#' || new.id || char(10) || lower(new.name || char(10) || replace(new.command, '","', ' ') || char(10) || new.cwd));
    END;
    -- Where a window's list begins: without a sort, and without a look at the rows.
    CREATE INDEX jobs_by_end ON jobs (since, id, status) WHERE status IN ('completed','failed','cancelled');
  `,
};
