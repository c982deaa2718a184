import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/** A job as its row says. */
export interface JobRow {
  readonly id: number;
  readonly status: string;
  readonly name: string;
  readonly command: string;
  readonly attempt: number;
  readonly run_id: string | null;
}

/** A run as its row says; JSON columns are parsed. */
export interface RunRow {
  readonly id: string;
  readonly job_id: number;
  readonly attempt: number;
  readonly status: string;
  readonly gpus: readonly string[];
  readonly stop: { readonly intent: string } | null;
  readonly outcome: {
    readonly kind: string;
    readonly code?: number | string;
    readonly signal?: string;
    readonly stage?: string;
    readonly why?: string;
    readonly cause?: string | null;
    readonly message?: string;
  } | null;
  readonly receipt: { readonly survivors: number } | null;
}

/** A numbered event as its row says. */
export interface EventRow {
  readonly seq: number;
  readonly kind: string;
  readonly job_id: number | null;
  readonly data: {
    readonly from?: string;
    readonly to?: string;
    readonly run?: string;
    readonly gpus?: readonly string[];
  };
}

/** The database at one moment. */
export interface Rows {
  readonly jobs: readonly JobRow[];
  readonly runs: readonly RunRow[];
  readonly events: readonly EventRow[];
}

/** Reads the database of a living core, in one read transaction. */
export function readRows(path: string): Rows {
  const db = new BetterSqlite3(path, { readonly: true, timeout: 20_000 });
  try {
    return db.transaction(() => rowsOf(db))();
  } finally {
    db.close();
  }
}

/** Reads what a dead core has left, from a copy, and has SQLite look at every page of it. Answers the rows and what is wrong. */
export function readLeft(path: string): { readonly rows: Rows; readonly damage: string | null } {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-chaos-left-'));
  try {
    const copy = join(folder, 'queue.sqlite');
    for (const ending of ['', '-wal']) if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending);
    const db = new BetterSqlite3(copy);
    try {
      const verdict = String(db.pragma('integrity_check(1)', { simple: true }));
      const broken = db.pragma('foreign_key_check') as readonly unknown[];
      return {
        rows: rowsOf(db),
        damage: verdict === 'ok' && broken.length === 0 ? null : `${verdict}, ${broken.length} broken references`,
      };
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(db: BetterSqlite3.Database): Rows {
  const jobs = db.prepare('SELECT id, status, name, command, attempt, run_id FROM jobs ORDER BY id').all() as JobRow[];
  const runs = db.prepare('SELECT id, job_id, attempt, status, gpus, stop, outcome, receipt FROM runs').all() as Record<
    'gpus' | 'stop' | 'outcome' | 'receipt',
    string | null
  >[];
  const events = db.prepare('SELECT seq, kind, job_id, data FROM events ORDER BY seq').all() as { data: string }[];
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return {
    jobs,
    runs: runs.map((row) => ({
      ...row,
      gpus: parsed(row.gpus),
      stop: parsed(row.stop),
      outcome: parsed(row.outcome),
      receipt: parsed(row.receipt),
    })) as unknown as RunRow[],
    events: events.map((row) => ({ ...row, data: parsed(row.data) })) as unknown as EventRow[],
  };
}
