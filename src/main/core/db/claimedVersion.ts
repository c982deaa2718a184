import type { Database } from 'better-sqlite3';
import type { Connect } from './inspect.ts';
import { migrate, schemaVersion } from './migrate.ts';

/**
 * Whether an open database has the tables and columns of the version that it says it is of. One changed byte of its header would
 * otherwise have the migrations rebuild tables that are newer, without the columns they do not know.
 */
export function isOfItsVersion(db: Database, connect: Connect): boolean {
  const like = connect(':memory:');
  try {
    const version = schemaVersion(db);
    if (version > 0) migrate(like, version);
    return columnsOf(db) === columnsOf(like);
  } finally {
    like.close();
  }
}

function columnsOf(db: Database): string {
  return JSON.stringify(
    db
      .prepare(
        `SELECT t.name AS of, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
      )
      .all(),
  );
}
