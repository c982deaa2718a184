import type { Migration } from '../migrate.ts';

/** What a job may wait for besides its turn, how often it was overtaken, and how much GPU memory a run took at most. */
export const migration0004: Migration = {
  version: 4,
  name: 'places',
  sql: `
    ALTER TABLE jobs ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
    ALTER TABLE jobs ADD COLUMN after TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE jobs ADD COLUMN gpu_uuids TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE jobs ADD COLUMN min_gpu_memory_mib INTEGER CHECK (min_gpu_memory_mib > 0);
    ALTER TABLE jobs ADD COLUMN overtaken INTEGER NOT NULL DEFAULT 0 CHECK (overtaken >= 0);
    -- The end of the queue is asked for at every submit.
    CREATE INDEX jobs_by_position ON jobs (position);
    ALTER TABLE runs ADD COLUMN peak_gpu_memory_mib INTEGER CHECK (peak_gpu_memory_mib >= 0);
  `,
};
