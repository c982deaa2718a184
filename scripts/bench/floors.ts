import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { createEventStore } from '../../src/main/core/db/eventStore.ts';
import { createJobStore } from '../../src/main/core/db/jobStore.ts';
import { openDatabase } from '../../src/main/core/db/open.ts';
import type { JobSpec } from '../../src/main/core/domain/job.ts';
import { transition } from '../../src/main/core/domain/transition.ts';
import { endReceipt } from '../../src/main/core/queue/endReceipt.ts';
import { hazard as fixture } from '../../tests/helpers/runner.ts';
import { until } from '../../tests/helpers/process.ts';

/** What the system itself takes, however little a program does. */

/** One small commit at a time, on a database that is opened as the queue's is. */
export class BareCommits implements Disposable {
  readonly #db: Database;
  readonly #write: () => void;

  constructor(folder: string) {
    this.#db = openDatabase(join(folder, 'floor.sqlite'), { nativeBinding: null });
    const insert = this.#db.prepare("INSERT INTO events (at, kind, job_id, data) VALUES (1, 'floor', NULL, '{}')");
    this.#write = () => void this.#db.transaction(() => insert.run()).immediate();
  }

  /** Milliseconds of one. */
  take(): number {
    const from = performance.now();
    this.#write();
    return performance.now() - from;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** The program that writes down the steady time of its first instruction, and the file it writes. */
export function stampCommand(file: string): readonly string[] {
  return [fixture('stamp'), file];
}

/** Milliseconds from `from` (process.hrtime) to the first instruction of the program that writes `file`; waits for it, and removes it. */
export async function untilFirstInstruction(from: bigint, file: string): Promise<number> {
  const text = await until('the first instruction', () => textOf(file), undefined, 60_000);
  rmSync(file);
  // Both clocks are CLOCK_MONOTONIC.
  return Number(BigInt(text) - from) / 1e6;
}

/** Milliseconds from the call of fork and exec to the program's first instruction. */
export async function bareForkExec(folder: string): Promise<number> {
  const file = join(folder, 'bare-stamp');
  const [program = '', ...words] = stampCommand(file);
  const from = process.hrtime.bigint();
  await once(spawn(program, words, { detached: true, stdio: 'ignore' }), 'exit');
  return untilFirstInstruction(from, file);
}

function textOf(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8');
    return text.endsWith('\n') ? text.trim() : null;
  } catch {
    return null;
  }
}

/** Milliseconds in which SQLite alone writes what so many jobs leave behind that are cancelled in the queue: rows, runs and events, nothing decided. */
export function bareLeaving(folder: string, jobs: readonly JobSpec[], slice: number): number {
  const db = openDatabase(join(folder, 'leaving.sqlite'), { nativeBinding: null });
  try {
    const [store, events, at] = [createJobStore(db), createEventStore(db), Date.now()];
    const added = db.transaction(() =>
      store.insertManyTx(jobs.map((spec) => ({ spec, priority: 0, held: false, submittedAt: at }))),
    )();
    const changes = added.map((job) => {
      const freshRun = `${job.id}-1-${randomUUID()}`;
      const next = transition(job, { type: 'cancel', by: 'http', force: false, freshRun }, at);
      if (!next.ok) throw new Error(next.error.code);
      return { job, next: { ...next.value, receipt: endReceipt(job, next.value.state, null) } };
    });
    const data = { from: 'queued', to: 'cancelled', by: 'http', force: false };
    const from = performance.now();
    for (let place = 0; place < changes.length; place += slice) {
      const leaving = changes.slice(place, place + slice);
      db.pragma(`synchronous = ${place + slice < changes.length ? 'NORMAL' : 'FULL'}`);
      const write = db.transaction(() => {
        store.writeManyTx(leaving, 'floor');
        const happened = leaving.map(({ job }) => ({ jobId: job.id, data }));
        events.appendManyTx(at, 'job.ended', happened);
      });
      write.immediate();
    }
    return performance.now() - from;
  } finally {
    db.close();
    rmSync(join(folder, 'leaving.sqlite'));
  }
}
