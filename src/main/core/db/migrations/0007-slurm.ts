import type { Migration } from '../migrate.ts';

/** Where a job runs, and whose identity a run has. Until now there was this machine only. */
export const migration0007: Migration = {
  version: 7,
  name: 'slurm',
  sql: `
    ALTER TABLE jobs ADD COLUMN target TEXT NOT NULL DEFAULT '{"kind":"local"}'
      CHECK (json_extract(target, '$.kind') IN ('local','slurm'));
    UPDATE runs SET identity = json_set(identity, '$.engine', 'local') WHERE identity IS NOT NULL;
  `,
};
