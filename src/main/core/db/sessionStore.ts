import type { Database } from 'better-sqlite3';
import type { Ms } from '../domain/job.ts';

/** When cores ran on this database. A session without an end was killed, or crashed. */
export type SessionStore = ReturnType<typeof createSessionStore>;

/** How many sessions are kept. */
const KEPT = 100;

/** Prepares the statements on `db`. */
export function createSessionStore(db: Database) {
  const begin = db.prepare('INSERT INTO sessions (started_at) VALUES (?)');
  const end = db.prepare('UPDATE sessions SET ended_at = ? WHERE id = ?');
  const forget = db.prepare('DELETE FROM sessions WHERE id <= ?');
  const crashed = db.prepare<[number], { readonly startedAt: number }>(
    'SELECT started_at AS startedAt FROM sessions WHERE ended_at IS NULL AND started_at >= ? ORDER BY id',
  );

  return {
    /** When sessions began, since `since`, that never ended; the present one must not have begun yet. */
    crashedSince(since: Ms): readonly Ms[] {
      return crashed.all(since).map(({ startedAt }) => startedAt);
    },
    /** Notes a start and answers its number. */
    begin(now: Ms): number {
      const id = Number(begin.run(now).lastInsertRowid);
      forget.run(id - KEPT);
      return id;
    },
    /** Notes that a session ended as it should. */
    end(id: number, now: Ms): void {
      end.run(now, id);
    },
  };
}
