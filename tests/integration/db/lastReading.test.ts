import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createLastReading } from '../../../src/main/core/db/lastReading.ts';

test('a reading is taken once after each write, also after one that was rolled back', () => {
  using db = Object.assign(new BetterSqlite3(':memory:'), {
    [Symbol.dispose](this: { close: () => void }) {
      this.close();
    },
  });
  db.exec('CREATE TABLE jobs (id INTEGER PRIMARY KEY)');
  const count = db.prepare<[], number>('SELECT count(*) FROM jobs').pluck();
  let readings = 0;
  const jobs = createLastReading(db)(() => {
    readings += 1;
    return count.get();
  });

  expect([jobs(), jobs(), readings]).toEqual([0, 0, 1]);
  db.exec('INSERT INTO jobs DEFAULT VALUES');
  expect([jobs(), jobs(), readings]).toEqual([1, 1, 2]);

  const undone = db.transaction(() => {
    db.exec('INSERT INTO jobs DEFAULT VALUES');
    // Whoever decides inside a transaction decides on what it has written…
    expect(jobs()).toBe(2);
    throw new Error('undone');
  });
  expect(() => undone()).toThrow('undone');
  // …and nobody sees it when that is undone.
  expect(jobs()).toBe(1);
});
