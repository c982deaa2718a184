import type { Database } from 'better-sqlite3';
import { DatabaseProblem } from './problem.ts';
import { migration0001 } from './migrations/0001-jobs.ts';
import { migration0002 } from './migrations/0002-cancelled.ts';
import { migration0003 } from './migrations/0003-time-limit.ts';
import { migration0004 } from './migrations/0004-places.ts';
import { migration0005 } from './migrations/0005-git.ts';
import { migration0006 } from './migrations/0006-scale.ts';
import { migration0007 } from './migrations/0007-slurm.ts';
import { migration0008 } from './migrations/0008-secret-env.ts';
import { migration0009 } from './migrations/0009-long-history.ts';

/** One step of the schema. Forward only: a published step never changes. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Every migration, in order; the last one's version is the schema this app speaks. */
export const MIGRATIONS: readonly Migration[] = [
  migration0001,
  migration0002,
  migration0003,
  migration0004,
  migration0005,
  migration0006,
  migration0007,
  migration0008,
  migration0009,
];

/** The version of the schema that this app reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The version of an open database; 0 is a new one. */
export function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * Brings the schema to `target`, each step in a transaction of its own, so that a failing step leaves the one before it.
 * Throws {@link DatabaseProblem} when the database is newer than `target`.
 */
export function migrate(db: Database, target: number = SCHEMA_VERSION): void {
  const version = schemaVersion(db);
  if (version > target) throw DatabaseProblem.newer(db.name, version, target);
  for (const step of MIGRATIONS.filter(({ version: v }) => v > version && v <= target)) {
    // Inside a transaction the pragma is a no-op, and with foreign keys on a DROP fires every child's ON DELETE.
    db.pragma('foreign_keys = OFF');
    db.transaction(() => {
      db.exec(step.sql);
      const broken = db.pragma('foreign_key_check') as readonly unknown[];
      if (broken.length > 0)
        throw new Error(`migration ${step.version} (${step.name}) broke ${broken.length} references`);
      db.pragma(`user_version = ${step.version}`);
    }).immediate();
    db.pragma('foreign_keys = ON');
  }
}
