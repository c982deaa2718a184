import type { Migration } from '../migrate.ts';

/** Time limits, and the times at which a core was started, to recognise an app that crashes again and again. */
export const migration0003: Migration = {
  version: 3,
  name: 'time-limit',
  sql: `
    ALTER TABLE jobs ADD COLUMN time_limit_ms INTEGER CHECK (time_limit_ms > 0);
    -- Until now a stop could only be a cancel.
    UPDATE runs SET stop = json_set(stop, '$.intent', 'cancel') WHERE stop IS NOT NULL;
    CREATE TABLE sessions (
      id         INTEGER PRIMARY KEY AUTOINCREMENT,
      started_at INTEGER NOT NULL,
      ended_at   INTEGER
    ) STRICT;
  `,
};
