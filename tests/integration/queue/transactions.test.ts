import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/main/core/db/open.ts';
import { Transactions } from '../../../src/main/core/queue/transactions.ts';

/** As SQLite numbers them: whether a commit waits for the disk. */
const WAITS = 2;
const WAITS_NOT = 1;

let folder: string;
let db: Database;
let transactions: Transactions;
const synced = (): unknown => db.pragma('synchronous', { simple: true });
const write = (kind: string): void =>
  void db.prepare("INSERT INTO events (at, kind, job_id, data) VALUES (1, ?, NULL, '{}')").run(kind);
const kinds = (): unknown => db.prepare('SELECT kind FROM events ORDER BY seq').pluck().all();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-transactions-'));
  db = openDatabase(join(folder, 'queue.sqlite'), { nativeBinding: null });
  transactions = new Transactions(db, (error) => {
    throw error;
  });
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

test('only the commit that was asked to be without waits not for the disk; what it leaves to be done waits again', () => {
  const seen: unknown[] = [];
  transactions.runUnsynced(() => {
    seen.push(synced());
    transactions.onCommit(() => seen.push(synced()));
    transactions.afterwards(() => transactions.run(() => seen.push(synced())));
    write('unsynced');
  });
  expect(seen).toEqual([WAITS_NOT, WAITS, WAITS]);
  expect(kinds()).toEqual(['unsynced']);
});

test('a transaction that waits stays one that waits, whatever runs inside; one that fails leaves nothing behind', () => {
  const seen: unknown[] = [];
  transactions.run(() => transactions.runUnsynced(() => seen.push(synced())));
  expect(() =>
    transactions.runUnsynced(() => {
      write('undone');
      throw new Error('undone');
    }),
  ).toThrow('undone');
  expect([...seen, synced()]).toEqual([WAITS, WAITS]);
  expect(kinds()).toEqual([]);
});
