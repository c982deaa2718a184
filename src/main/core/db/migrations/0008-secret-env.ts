import type { Migration } from '../migrate.ts';

/** Which variables of a job its user called secret. Until now there was the rule alone, which needs no column. */
export const migration0008: Migration = {
  version: 8,
  name: 'secret-env',
  sql: `ALTER TABLE jobs ADD COLUMN secret_env TEXT NOT NULL DEFAULT '[]';`,
};
