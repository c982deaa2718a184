import type { Database } from 'better-sqlite3';

/**
 * Makes a reading that is asked again and again cheap: it is taken once after each write through this connection, which must be
 * the only one that writes. What a transaction reads before its commit is not kept: it may be rolled back. Nobody may change what
 * is answered.
 */
export function createLastReading(db: Database): <T>(read: () => T) => () => T {
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck();

  return <T>(read: () => T) => {
    let kept: { readonly at: number; readonly value: T } | null = null;
    return () => {
      if (db.inTransaction) return read();
      const at = changes.get() ?? 0;
      if (kept?.at !== at) kept = { at, value: read() };
      return kept.value;
    };
  };
}
