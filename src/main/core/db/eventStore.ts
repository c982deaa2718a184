import type { Database } from 'better-sqlite3';
import type { JobId, Ms } from '../domain/job.ts';
import { storedJson } from './storedJson.ts';

/** One line of the append-only list of what happened. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: Ms;
  readonly kind: EventKind;
  readonly jobId: JobId | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is told with an event. */
export type EventData = Readonly<Record<string, unknown>>;

/** What can happen. */
export type EventKind =
  | 'job.submitted'
  | 'job.claimed'
  | 'job.accepted'
  | 'job.started'
  | 'job.stop-asked'
  | 'job.stop-forced'
  | 'job.stop-extended'
  | 'job.stop-stage'
  | 'job.ended'
  | 'job.requeued'
  | 'job.placed'
  | 'job.deleted'
  | 'queue.mode'
  | 'settings.changed';

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly kind: EventKind;
  readonly job_id: number | null;
  readonly data: string;
}

/** The numbered events. Numbers have no gaps: AUTOINCREMENT in the one writer's transactions, and nothing is deleted. */
export type EventStore = ReturnType<typeof createEventStore>;

/** Prepares the statements on `db`. */
export function createEventStore(db: Database) {
  const append = db.prepare('INSERT INTO events (at, kind, job_id, data) VALUES (?, ?, ?, ?)');
  const appendMany = db.prepare(
    'INSERT INTO events (at, kind, job_id, data) SELECT ?, ?, value ->> 0, value ->> 1 FROM json_each(?) ORDER BY key',
  );
  const since = db.prepare<[number, number], EventRow>(
    'SELECT seq, at, kind, job_id, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?',
  );
  const ofJob = db.prepare<[number], EventRow>(
    'SELECT seq, at, kind, job_id, data FROM events WHERE job_id = ? ORDER BY seq',
  );
  const last = db.prepare<[], { readonly seq: number | null }>('SELECT max(seq) AS seq FROM events');

  return {
    /** Writes the event and answers its number. */
    appendTx(at: Ms, kind: EventKind, jobId: JobId | null, data: EventData): number {
      return Number(append.run(at, kind, jobId, JSON.stringify(data)).lastInsertRowid);
    },
    /** Writes an event of one kind for each of several jobs, in their order, and answers the number of the first. */
    appendManyTx(at: Ms, kind: EventKind, of: readonly { readonly jobId: JobId; readonly data: EventData }[]): number {
      const rows = JSON.stringify(of.map(({ jobId, data }) => [jobId, JSON.stringify(data)]));
      return Number(appendMany.run(at, kind, rows).lastInsertRowid) - of.length + 1;
    },
    /** Events after number `seq`, oldest first, at most `limit`. */
    since(seq: number, limit: number): readonly StoredEvent[] {
      return since.all(seq, limit).map(eventOf);
    },
    /** Everything that happened to a job, oldest first. */
    ofJob(jobId: JobId): readonly StoredEvent[] {
      return ofJob.all(jobId).map(eventOf);
    },
    /** The latest number; 0 when nothing has happened yet. */
    lastSeq(): number {
      return last.get()?.seq ?? 0;
    },
  };
}

function eventOf(row: EventRow): StoredEvent {
  return {
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    jobId: row.job_id,
    data: storedJson<Record<string, unknown>>(row.data),
  };
}
