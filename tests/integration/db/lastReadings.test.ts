import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { LastReadings } from '../../../src/main/core/db/lastReadings.ts';

test('a reading is taken once after each write, also after one that was rolled back', () => {
  using db = Object.assign(new BetterSqlite3(':memory:'), {
    [Symbol.dispose](this: { close: () => void }) {
      this.close();
    },
  });
  db.exec('CREATE TABLE jobs (id INTEGER PRIMARY KEY)');
  const count = db.prepare<[], number>('SELECT count(*) FROM jobs').pluck();
  const readings = new LastReadings(db);
  const add = (): void => {
    readings.changed();
    db.exec('INSERT INTO jobs DEFAULT VALUES');
  };
  let taken = 0;
  const jobs = readings.of(() => {
    taken += 1;
    return count.get();
  });

  expect([jobs(), jobs(), taken]).toEqual([0, 0, 1]);
  add();
  expect([jobs(), jobs(), taken]).toEqual([1, 1, 2]);

  const undone = db.transaction(() => {
    add();
    // Whoever decides inside a transaction decides on what it has written…
    expect(jobs()).toBe(2);
    throw new Error('undone');
  });
  expect(() => undone()).toThrow('undone');
  // …and nobody sees it when that is undone.
  expect(jobs()).toBe(1);
});
