import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import { SCHEMA_VERSION } from '../../../src/main/core/db/migrate.ts';
import { DatabaseProblem } from '../../../src/main/core/db/problem.ts';
import { fingerprint, newJob, TestFolder } from './folder.ts';

const PAGE_BYTES = 4_096;

/** The problem that opening meets. */
function problemOf(folder: TestFolder, name = 'queue.sqlite'): DatabaseProblem {
  try {
    folder.open(name);
  } catch (error) {
    if (error instanceof DatabaseProblem) return error;
    throw error;
  }
  throw new Error('it was opened');
}

/** The file and its write-ahead log as they are. */
function files(folder: TestFolder, name = 'queue.sqlite'): readonly (string | null)[] {
  return [fingerprint(folder.at(name)), fingerprint(folder.at(`${name}-wal`))];
}

/** Leaves a database with two hundred jobs as a crash would, and as a clean end would. */
function writeCrashed(folder: TestFolder, name: string, before?: (db: ReturnType<TestFolder['open']>) => void): void {
  const db = folder.open('before-the-crash.sqlite');
  const jobs = createJobStore(db);
  for (let count = 0; count < 200; count += 1) jobs.insertTx(newJob({ name: 'n'.repeat(200) }));
  db.pragma('wal_checkpoint(TRUNCATE)');
  jobs.insertTx(newJob());
  before?.(db);
  folder.crashCopy('before-the-crash.sqlite', name);
}

describe('a database of a newer Trainyard', () => {
  test('is refused with both versions named, and the file is byte for byte as it was', () => {
    using folder = new TestFolder();
    const db = folder.open();
    db.pragma('user_version = 99');
    db.close();
    const before = files(folder);
    const problem = problemOf(folder);
    expect(problem).toMatchObject({
      code: 'newer',
      message: `The queue database ${folder.at('queue.sqlite')} was written by a newer Trainyard (schema 99, this one knows ${SCHEMA_VERSION}). Nothing was changed. Install the newer version, or choose another data folder with TRAINYARD_HOME.`,
    });
    expect(files(folder)).toEqual(before);
  });

  test('that crashed is left byte for byte as well, write-ahead log included: the newer app recovers its own', () => {
    using folder = new TestFolder();
    writeCrashed(folder, 'queue.sqlite', (db) => db.pragma('user_version = 99'));
    const before = files(folder);
    expect(before[1]).not.toBeNull();
    expect(problemOf(folder).code).toBe('newer');
    expect(files(folder)).toEqual(before);
  });
});

describe('a damaged file', () => {
  test.for<[string, Buffer]>([
    ['random text', Buffer.from('this is no database at all\n'.repeat(400))],
    [
      'a header and then nothing',
      Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(PAGE_BYTES - 16, 0xff)]),
    ],
  ])('%s is corrupt, and is left as it was', ([, bytes]) => {
    using folder = new TestFolder();
    writeFileSync(folder.at('queue.sqlite'), bytes);
    expect(problemOf(folder)).toMatchObject({
      code: 'corrupt',
      message: `The queue database ${folder.at('queue.sqlite')} is damaged. Nothing was changed. Move it away and start again, or put back a copy from the backups folder beside it.`,
    });
    expect(readFileSync(folder.at('queue.sqlite')).equals(bytes)).toBe(true);
  });

  test('a damaged page is found when the app did not end cleanly, and nothing is written', () => {
    using folder = new TestFolder();
    writeCrashed(folder, 'queue.sqlite');
    const path = folder.at('queue.sqlite');
    const bytes = readFileSync(path);
    bytes.fill(0xff, PAGE_BYTES * 12, PAGE_BYTES * 13);
    writeFileSync(path, bytes);
    const before = files(folder);
    const problem = problemOf(folder);
    expect(problem.code).toBe('corrupt');
    expect(problem.message).toContain('Nothing was changed.');
    expect(files(folder)).toEqual(before);
  });

  test('one changed byte of the header, which SQLite takes for another format or version, is damage and no bug', () => {
    using folder = new TestFolder();
    folder.open().close();
    const path = folder.at('queue.sqlite');
    const sound = readFileSync(path);
    // Schema format (offset 44), and the version of our schema (60): one that makes the migrations begin again.
    for (const [offset, value] of [
      [47, 32],
      [63, 1],
    ] as const) {
      const damaged = Buffer.from(sound);
      damaged[offset] = value;
      writeFileSync(path, damaged);
      expect(problemOf(folder)).toMatchObject({ code: 'corrupt' });
      expect(readFileSync(path).equals(damaged), `byte ${offset}`).toBe(true);
    }
  });

  test('an empty file is a new database: a crash at the very first start leaves one', () => {
    using folder = new TestFolder();
    writeFileSync(folder.at('queue.sqlite'), '');
    expect(createJobStore(folder.open()).counts().queued).toBe(0);
  });
});

describe('a crash', () => {
  test('loses nothing that was committed', () => {
    using folder = new TestFolder();
    writeCrashed(folder, 'queue.sqlite');
    expect(createJobStore(folder.open()).counts().queued).toBe(201);
  });
});

describe('what cannot be opened', () => {
  test('a file without write permission is read-only, also for root, and is left as it was', () => {
    using folder = new TestFolder();
    folder.open().close();
    chmodSync(folder.at('queue.sqlite'), 0o400);
    const before = files(folder);
    expect(problemOf(folder)).toMatchObject({
      code: 'read-only',
      message: `The queue database ${folder.at('queue.sqlite')} is read-only. Give yourself write permission (chmod u+w) and start again.`,
    });
    expect(files(folder)).toEqual(before);
    expect(statSync(folder.at('queue.sqlite')).mode & 0o777).toBe(0o400);
  });

  test('a folder in its place', () => {
    using folder = new TestFolder();
    mkdirSync(folder.at('queue.sqlite'));
    expect(problemOf(folder)).toMatchObject({
      code: 'unreadable',
      message: `The queue database ${folder.at('queue.sqlite')} is not a file.`,
    });
  });

  test('a folder that is not there is said, and not made on the way', () => {
    using folder = new TestFolder();
    expect(() => folder.open('no/such/queue.sqlite')).toThrow('directory does not exist');
    expect(existsSync(folder.at('no'))).toBe(false);
  });
});

describe('errors of SQLite in words', () => {
  test.for<[string, string | null]>([
    ['SQLITE_CORRUPT_VTAB', 'corrupt'],
    ['SQLITE_NOTADB', 'corrupt'],
    ['SQLITE_READONLY_DBMOVED', 'read-only'],
    ['SQLITE_FULL', 'full'],
    ['SQLITE_IOERR_WRITE', 'full'],
    ['SQLITE_BUSY_SNAPSHOT', 'in-use'],
    ['SQLITE_LOCKED', 'in-use'],
    ['SQLITE_CANTOPEN', 'unreadable'],
    ['SQLITE_CONSTRAINT_CHECK', null],
    ['ENOENT', null],
  ])('%s is %s', ([code, meaning]) => {
    const error = Object.assign(new Error('x'), { code });
    const problem = DatabaseProblem.of(error, '/data/queue.sqlite');
    expect(problem?.code ?? null).toBe(meaning);
    if (problem !== null) {
      expect(problem.message).toContain('/data/queue.sqlite');
      expect(problem.cause).toBe(error);
    }
  });

  test('a bug that is no database error stays a bug', () => {
    expect(DatabaseProblem.of(new TypeError('x is not a function'), '/q')).toBeNull();
    expect(DatabaseProblem.of('text', '/q')).toBeNull();
  });

  test('a disk that is full on a write is told as that, by a real SQLite', () => {
    using folder = new TestFolder();
    const db = folder.open();
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
    const jobs = createJobStore(db);
    const fill = (): void => {
      for (let count = 0; count < 1_000; count += 1) jobs.insertTx(newJob({ name: 'n'.repeat(200) }));
    };
    let thrown: unknown = null;
    try {
      db.transaction(fill).immediate();
    } catch (error) {
      thrown = error;
    }
    expect(DatabaseProblem.of(thrown, db.name)?.code).toBe('full');
    expect(jobs.counts().queued).toBe(0);
  });
});
