import type { Migration } from '../migrate.ts';

/** What keeps a history of 100 000 jobs as quick as an empty one, and cancels of many jobs that are being carried out. */
export const migration0006: Migration = {
  version: 6,
  name: 'scale',
  sql: `
    -- The newest jobs of a status: the rowid, which is the job's number, ends every index.
    CREATE INDEX jobs_newest ON jobs (status);

    -- What a search reads: a narrow table, in lower case, so that it is read whole in milliseconds. A submission never changes.
    CREATE TABLE job_texts (
      job_id INTEGER PRIMARY KEY REFERENCES jobs(id) ON DELETE CASCADE,
      text   TEXT    NOT NULL
    ) STRICT;
    -- A command is a JSON list: between two words of it stands \`","\`, where people type a space.
    INSERT INTO job_texts SELECT id, lower(name || char(10) || replace(command, '","', ' ')) FROM jobs;
    CREATE TRIGGER job_texts_follow_jobs AFTER INSERT ON jobs BEGIN
      INSERT INTO job_texts VALUES (new.id, lower(new.name || char(10) || replace(new.command, '","', ' ')));
    END;

    -- What runs used lately.
    CREATE INDEX runs_with_peak ON runs (claimed_at) WHERE peak_gpu_memory_mib IS NOT NULL;

    -- A job that is deleted takes its runs with it, and each of them is looked for in what refers to it.
    CREATE INDEX jobs_by_run ON jobs (run_id);

    -- One row is the decision that these queued jobs leave; the first \`done\` of them have.
    CREATE TABLE withdrawals (
      id   INTEGER PRIMARY KEY,
      at   INTEGER NOT NULL,
      by   TEXT    NOT NULL,
      jobs TEXT    NOT NULL,
      done INTEGER NOT NULL CHECK (done >= 0)
    ) STRICT;
  `,
};
