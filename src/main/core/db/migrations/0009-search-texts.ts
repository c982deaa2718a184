import type { Migration } from '../migrate.ts';

/** A search finds a job by its number and its folder as well, in the narrow table that is read for it. */
export const migration0009: Migration = {
  version: 9,
  name: 'search-texts',
  sql: `
    UPDATE job_texts SET text = '#' || job_id || char(10) || text || char(10) || (SELECT lower(cwd) FROM jobs WHERE id = job_id);
    DROP TRIGGER job_texts_follow_jobs;
    CREATE TRIGGER job_texts_follow_jobs AFTER INSERT ON jobs BEGIN
      INSERT INTO job_texts VALUES
        (new.id, '#' || new.id || char(10) || lower(new.name || char(10) || replace(new.command, '","', ' ') || char(10) || new.cwd));
    END;
  `,
};
