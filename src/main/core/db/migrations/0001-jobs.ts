import type { Migration } from '../migrate.ts';

/** The first schema: jobs, runs, numbered events, settings. Five statuses; cancelling came with 0002. */
export const migration0001: Migration = {
  version: 1,
  name: 'jobs',
  sql: `
    CREATE TABLE jobs (
      id             INTEGER PRIMARY KEY AUTOINCREMENT,
      status         TEXT    NOT NULL CHECK (status IN ('queued','pending','running','completed','failed')),
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
    CREATE INDEX jobs_by_status ON jobs (status, priority DESC, position, id);

    CREATE TABLE runs (
      id         TEXT    PRIMARY KEY,
      job_id     INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
      attempt    INTEGER NOT NULL CHECK (attempt >= 1),
      status     TEXT    NOT NULL CHECK (status IN ('pending','running','completed','failed')),
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
      CHECK (status <> 'running' OR identity IS NOT NULL)
    ) STRICT;
    CREATE UNIQUE INDEX runs_one_live_per_job ON runs (job_id) WHERE status IN ('pending','running');

    CREATE TABLE events (
      seq    INTEGER PRIMARY KEY AUTOINCREMENT,
      at     INTEGER NOT NULL,
      kind   TEXT    NOT NULL,
      job_id INTEGER,
      data   TEXT    NOT NULL
    ) STRICT;
    CREATE INDEX events_by_job ON events (job_id, seq);

    CREATE TABLE settings (
      name  TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
};
