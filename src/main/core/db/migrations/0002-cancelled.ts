import type { Migration } from '../migrate.ts';

/**
 * Adds the status `cancelled`. SQLite cannot change a CHECK, so both tables are built again with their rows.
 * Foreign keys are off around a migration (see migrate.ts): dropping `jobs` must not cascade into `runs`.
 */
export const migration0002: Migration = {
  version: 2,
  name: 'cancelled',
  sql: `
    CREATE TABLE jobs_new (
      id             INTEGER PRIMARY KEY AUTOINCREMENT,
      status         TEXT    NOT NULL CHECK (status IN ('queued','pending','running','completed','failed','cancelled')),
      name           TEXT    NOT NULL,
      command        TEXT    NOT NULL,
      cwd            TEXT    NOT NULL,
      env            TEXT    NOT NULL,
      gpus           INTEGER NOT NULL CHECK (gpus >= 0),
      gpu_memory_mib INTEGER          CHECK (gpu_memory_mib > 0),
      stop_signal    TEXT    NOT NULL,
      grace_ms       INTEGER NOT NULL CHECK (grace_ms >= 0),
      priority       INTEGER NOT NULL,
      position       REAL    NOT NULL,
      submitted_at   INTEGER NOT NULL,
      since          INTEGER NOT NULL,
      attempt        INTEGER NOT NULL CHECK (attempt >= 0),
      run_id         TEXT             REFERENCES runs(id),
      version        INTEGER NOT NULL,
      CHECK ((status = 'queued') = (run_id IS NULL))
    ) STRICT;
    INSERT INTO jobs_new (id, status, name, command, cwd, env, gpus, gpu_memory_mib, stop_signal, grace_ms, priority,
                          position, submitted_at, since, attempt, run_id, version)
      SELECT id, status, name, command, cwd, env, gpus, gpu_memory_mib, stop_signal, grace_ms, priority,
             position, submitted_at, since, attempt, run_id, version FROM jobs;

    CREATE TABLE runs_new (
      id         TEXT    PRIMARY KEY,
      job_id     INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
      attempt    INTEGER NOT NULL CHECK (attempt >= 1),
      status     TEXT    NOT NULL CHECK (status IN ('pending','running','completed','failed','cancelled')),
      gpus       TEXT    NOT NULL,
      boot_id    TEXT    NOT NULL,
      claimed_at INTEGER NOT NULL,
      started_at INTEGER,
      ended_at   INTEGER,
      identity   TEXT,
      stop       TEXT,
      outcome    TEXT,
      receipt    TEXT,
      UNIQUE (job_id, attempt),
      CHECK ((status IN ('pending','running')) = (ended_at IS NULL)),
      CHECK ((ended_at IS NULL) = (outcome IS NULL)),
      CHECK (status <> 'running' OR identity IS NOT NULL),
      CHECK (status <> 'cancelled' OR stop IS NOT NULL)
    ) STRICT;
    INSERT INTO runs_new (id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt)
      SELECT id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt FROM runs;

    DROP TABLE jobs;
    DROP TABLE runs;
    ALTER TABLE jobs_new RENAME TO jobs;
    ALTER TABLE runs_new RENAME TO runs;
    CREATE INDEX jobs_by_status ON jobs (status, priority DESC, position, id);
    CREATE UNIQUE INDEX runs_one_live_per_job ON runs (job_id) WHERE status IN ('pending','running');
  `,
};
