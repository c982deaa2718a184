import type { Migration } from '../migrate.ts';

/** Which commit a job's folder was at when it was submitted, and whether it had changes; null for a folder without git. */
export const migration0005: Migration = {
  version: 5,
  name: 'git',
  sql: `ALTER TABLE jobs ADD COLUMN git TEXT;`,
};
