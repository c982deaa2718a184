import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { createEventStore } from '../../src/main/core/db/eventStore.ts';
import { damageBehind } from '../../src/main/core/db/inspect.ts';
import { createJobStore } from '../../src/main/core/db/jobStore.ts';
import { openDatabase } from '../../src/main/core/db/open.ts';
import { DatabaseProblem } from '../../src/main/core/db/problem.ts';
import { createSettingsStore } from '../../src/main/core/db/settingsStore.ts';
import { newJob } from '../integration/db/folder.ts';
import { damaged, fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const OPTIONS = { nativeBinding: null };
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trainyard-fuzz-db-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'queue.sqlite');

/** A database with jobs in every status: as it lies there after a clean end, and after a crash, with its log. */
const { closed, crashed, log } = makeDatabase();

function makeDatabase(): { readonly closed: Buffer; readonly crashed: Buffer; readonly log: Buffer } {
  const source = join(folder, 'source.sqlite');
  const db = openDatabase(source, OPTIONS);
  const jobs = createJobStore(db);
  const events = createEventStore(db);
  const fill = (): void => {
    for (let count = 0; count < 12; count += 1) {
      const job = jobs.insertTx(newJob({ name: `job ${count}`, env: { SEED: String(count) } }));
      events.appendTx(1_000, 'job.submitted', job.id, { name: job.spec.name });
      if (count % 3 === 0) continue;
      const run = `${job.id}-1`;
      const pending = { status: 'pending', run, gpus: ['GPU-1'], claimedAt: 2_000, stop: null } as const;
      jobs.writeTx(job, { state: pending, attempt: 1 }, 'boot');
      if (count % 3 === 1) continue;
      const outcome = { kind: 'exited', code: 0, cause: null } as const;
      const ended = {
        status: 'completed',
        run,
        gpus: [],
        startedAt: 3_000,
        endedAt: 4_000,
        outcome,
        stop: null,
      } as const;
      jobs.writeTx({ ...job, state: pending, version: job.version + 1 }, { state: ended, attempt: 1 }, 'boot');
      events.appendTx(4_000, 'job.ended', job.id, { from: 'pending', to: 'completed' });
    }
  };
  db.transaction(fill)();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.transaction(fill)();
  createSettingsStore(db).setModeTx('pause');
  const parts = { crashed: readFileSync(source), log: readFileSync(`${source}-wal`) };
  db.close();
  return { ...parts, closed: readFileSync(source) };
}

/** Reads everything that a start and the first page read. */
function readAll(db: Database): void {
  const jobs = createJobStore(db);
  const all = [...jobs.waiting(), ...jobs.live(), ...jobs.finished(100)];
  for (const { state } of all) if (state.status !== 'queued') jobs.runFacts(state.run);
  jobs.counts();
  createSettingsStore(db).get();
  createSettingsStore(db).mode();
  createEventStore(db).since(0, 1_000);
}

/** Opens the database that lies there and reads it; it is sound, or it is called damaged and lies there as before. */
function openAndRead(bytes: Buffer, wal: Buffer | null): void {
  for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true });
  writeFileSync(path, bytes);
  if (wal !== null) writeFileSync(`${path}-wal`, wal);
  let db: Database;
  try {
    db = openDatabase(path, OPTIONS);
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(DatabaseProblem);
    expect(readFileSync(path).equals(bytes), 'the database is as it was').toBe(true);
    if (wal !== null) expect(readFileSync(`${path}-wal`).equals(wal), 'its log is as it was').toBe(true);
    return;
  }
  try {
    readAll(db);
  } catch (error) {
    const told = damageBehind(error, db, path);
    expect(told, `${String(error)}\n${error instanceof Error ? error.stack : ''}`).toBeInstanceOf(DatabaseProblem);
  } finally {
    db.close();
  }
}

test('the databases to be damaged are sound', () => {
  const problems = [
    [closed, null],
    [crashed, log],
  ].map(([bytes, wal]) => {
    writeFileSync(path, bytes ?? '');
    if (wal) writeFileSync(`${path}-wal`, wal);
    const db = new BetterSqlite3(path);
    const verdict = db.pragma('quick_check', { simple: true });
    db.close();
    return verdict;
  });
  expect(problems).toEqual(['ok', 'ok']);
});

test('a database with flipped, lost or foreign bytes is read, or called damaged and left as it was', async () => {
  await fuzz('database: damaged file', inputs(150, 60_000), damaged(fc.constant(closed)), (bytes) =>
    openAndRead(bytes, null),
  );
});

test('a log that was cut off or damaged in a crash is taken up to where it is whole, or called damaged', async () => {
  await fuzz('database: damaged write-ahead log', inputs(100, 25_000), damaged(fc.constant(log)), (wal) =>
    openAndRead(crashed, wal),
  );
});

test('both damaged at once', async () => {
  const both = fc.record({ bytes: damaged(fc.constant(crashed)), wal: damaged(fc.constant(log)) });
  await fuzz('database: damaged file and log', inputs(100, 15_000), both, ({ bytes, wal }) => openAndRead(bytes, wal));
});
