import { existsSync, readdirSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createEventStore } from '../../../src/main/core/db/eventStore.ts';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import { createHistoryStore, orderStatement } from '../../../src/main/core/db/historyStore.ts';
import { migrate, MIGRATIONS, SCHEMA_VERSION, schemaVersion } from '../../../src/main/core/db/migrate.ts';
import { createSettingsStore } from '../../../src/main/core/db/settingsStore.ts';
import { transition } from '../../../src/main/core/domain/transition.ts';
import type { Target } from '../../../src/shared/slurm.ts';
import { fingerprint, newJob, TestFolder } from './folder.ts';

const IDENTITY = '{"runner":"native","bootId":"b1","runnerPid":4100,"runnerStart":"1","mainPid":4101,"mainStart":"2"}';

/** A database as the app of schema 1 left it: every status it knew, two runs of one job, events and settings. */
function writeVersion1(db: Database): void {
  migrate(db, 1);
  db.pragma('foreign_keys = OFF');
  db.exec(`
    INSERT INTO runs (id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt) VALUES
      ('2-1-a', 2, 1, 'running', '["GPU-A"]', 'b1', 110, 120, NULL, '${IDENTITY}', NULL, NULL, NULL),
      ('3-1-a', 3, 1, 'failed', '[]', 'b1', 110, 120, 130, '${IDENTITY}', NULL, '{"kind":"exited","code":1}', NULL),
      ('3-2-b', 3, 2, 'completed', '[]', 'b1', 140, 150, 160, '${IDENTITY}', NULL, '{"kind":"exited","code":0}', NULL),
      ('4-1-a', 4, 1, 'failed', '["GPU-A","GPU-B"]', 'b0', 110, NULL, 130, NULL, NULL, '{"kind":"lost","why":"reboot"}', NULL),
      ('5-1-a', 5, 1, 'pending', '["GPU-B"]', 'b1', 170, NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO jobs (id, status, name, command, cwd, env, gpus, gpu_memory_mib, stop_signal, grace_ms, priority, position, submitted_at, since, attempt, run_id, version) VALUES
      (1, 'queued', 'größer ✓', '["python","träin.py"]', '/home/ada', '{"SEED":"1"}', 2, 8000, 'SIGINT', 2500, 7, 1.5, 100, 100, 0, NULL, 3),
      (2, 'running', 'b', '["b"]', '/b', '{}', 1, NULL, 'SIGTERM', 10000, 0, 2, 100, 120, 1, '2-1-a', 4),
      (3, 'completed', 'c', '["c"]', '/c', '{}', 0, NULL, 'SIGTERM', 0, 0, 3, 100, 160, 2, '3-2-b', 9),
      (4, 'failed', 'd', '["d"]', '/d', '{}', 2, NULL, 'SIGTERM', 10000, -3, 4, 100, 130, 1, '4-1-a', 5),
      (5, 'pending', 'e', '["e"]', '/e', '{}', 1, NULL, 'SIGTERM', 10000, 0, 5, 100, 170, 1, '5-1-a', 2);
    INSERT INTO events (at, kind, job_id, data) VALUES (100, 'job.submitted', 1, '{"name":"a"}'), (110, 'job.claimed', 2, '{}'), (115, 'queue.mode', NULL, '{"mode":"run"}');
    INSERT INTO settings (name, value) VALUES ('settings', '{"cpuSlots":3}'), ('queue.mode', '"pause"');
  `);
  db.pragma('foreign_keys = ON');
}

const TABLES = ['jobs', 'runs', 'events', 'settings'] as const;
function rowsOf(db: Database): Record<string, readonly Record<string, unknown>[]> {
  return Object.fromEntries(
    TABLES.map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all() as Record<string, unknown>[]]),
  );
}

function cancelledRun(db: Database): void {
  db.exec(`
    UPDATE runs SET status = 'cancelled', ended_at = 200, stop = '{"intent":"cancel"}', outcome = '{"kind":"never-started"}' WHERE id = '5-1-a';
    UPDATE jobs SET status = 'cancelled' WHERE id = 5;
  `);
}

describe('a new database', () => {
  test('has the schema of today, and no backup of nothing', () => {
    using folder = new TestFolder();
    expect(schemaVersion(folder.open())).toBe(SCHEMA_VERSION);
    expect(existsSync(folder.at('backups'))).toBe(false);
  });

  test('is durable and checks what refers to what', () => {
    using folder = new TestFolder();
    const db = folder.open();
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(250);
  });

  test('has the same tables as one that came up through every version', () => {
    using folder = new TestFolder();
    const schemaOf = (db: Database): unknown =>
      db.prepare("SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
    const old = folder.raw('old.sqlite');
    writeVersion1(old);
    migrate(old);
    expect(schemaOf(old)).toEqual(schemaOf(folder.open('new.sqlite')));
  });

  test('opening it again migrates nothing and makes no backup', () => {
    using folder = new TestFolder();
    folder.open().close();
    folder.open().close();
    expect(existsSync(folder.at('backups'))).toBe(false);
  });
});

describe('the steps', () => {
  test('are numbered without a gap: the version is the count', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, place) => place + 1));
  });

  test.for(MIGRATIONS.slice(1).map(({ version, name }) => ({ version, name })))(
    'step $version ($name) keeps every row and every value of the version before, with data in it',
    ({ version }) => {
      using folder = new TestFolder();
      const db = folder.raw();
      writeVersion1(db);
      migrate(db, version - 1);
      const before = rowsOf(db);
      migrate(db, version);
      const after = rowsOf(db);
      for (const table of TABLES) {
        expect(after[table]).toHaveLength(before[table]?.length ?? -1);
        for (const [place, row] of (before[table] ?? []).entries())
          expect(after[table]?.[place]).toMatchObject(version === 7 ? withEngine(row) : row);
      }
      expect(db.pragma('foreign_key_check')).toEqual([]);
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    },
  );
});

/** A row as step 7 leaves it: every identity says whose it is. */
function withEngine(row: Record<string, unknown>): Record<string, unknown> {
  const { identity } = row;
  if (typeof identity !== 'string') return row;
  return { ...row, identity: JSON.stringify({ ...(JSON.parse(identity) as object), engine: 'local' }) };
}

describe('from version 6 to 7', () => {
  test('every job is one of this machine, every run says so, and a job of Slurm is accepted', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    migrate(db, 6);
    migrate(db);
    const jobs = createJobStore(db);
    expect(jobs.get(2)).toMatchObject({
      spec: { target: { kind: 'local' } },
      state: { identity: { engine: 'local', mainPid: 4101 } },
    });
    const target: Target = { kind: 'slurm', partition: 'gpu', gpuType: null, memoryMiB: 4_096, args: ['--qos=high'] };
    const [added] = jobs.insertManyTx([newJob({ target })]);
    expect(jobs.get(added?.id ?? 0)?.spec.target).toEqual(target);
    expect(() => db.exec(`UPDATE jobs SET target = '{"kind":"moon"}' WHERE id = 2`)).toThrow('CHECK constraint failed');
  });
});

describe('from version 7 to 8', () => {
  test('no variable was called secret before; names that are now are kept, and a backup of version 7 is made', () => {
    using folder = new TestFolder();
    const old = folder.raw();
    writeVersion1(old);
    migrate(old, 7);
    old.close();
    const jobs = createJobStore(folder.open());
    expect([1, 2, 3, 4, 5].map((id) => jobs.get(id)?.spec.secretEnv)).toEqual([[], [], [], [], []]);
    expect(jobs.get(1)?.spec.env).toEqual({ SEED: '1' });
    const added = jobs.insertTx(newJob({ env: { SEED: '1', PIN: '12' }, secretEnv: ['PIN'] }));
    expect(jobs.get(added.id)?.spec).toMatchObject({ env: { SEED: '1', PIN: '12' }, secretEnv: ['PIN'] });
    expect(readdirSync(folder.at('backups'))).toEqual([expect.stringMatching(/^queue-v7-/)]);
  });
});

describe('from version 8 to 9', () => {
  test('jobs from before and from after are found by number, name, command and folder', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    migrate(db, 8);
    migrate(db);
    const added = createJobStore(db).insertTx(newJob({ cwd: '/data/Ada/gpt-lab' }));
    db.exec(
      `UPDATE jobs SET status = 'completed', run_id = (SELECT run_id FROM jobs WHERE run_id IS NOT NULL LIMIT 1) WHERE id = ${added.id}`,
    );
    const found = (search: string) =>
      createHistoryStore(db).order({ sort: 'number', descending: true, statuses: null, search });
    expect(found('ADA/gpt')).toEqual([added.id]);
    expect(found(`#${added.id}`)).toEqual([added.id]);
    const old = db
      .prepare<[], { id: number; cwd: string }>("SELECT id, cwd FROM jobs WHERE status = 'completed' ORDER BY id")
      .get();
    expect(found(`#${old?.id ?? 0} ${old?.cwd ?? '?'}`)).toContain(old?.id);
    // A hundred thousand of them are ordered by their ends in a few milliseconds, not sorted.
    const { sql } = orderStatement({ sort: 'time', descending: true, statuses: null, search: null });
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    expect(plan).toMatchObject([{ detail: 'SCAN j USING COVERING INDEX jobs_by_end' }]);
  });
});

describe('from version 1 to 2', () => {
  test('`cancelled` is refused before and accepted after, for a job and its run', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    expect(() => cancelledRun(db)).toThrow('CHECK constraint failed');
    expect(() => db.exec("UPDATE jobs SET status = 'cancelled' WHERE id = 5")).toThrow('CHECK constraint failed');
    migrate(db, 2);
    cancelledRun(db);
    expect(db.prepare('SELECT status FROM jobs WHERE id = 5').get()).toEqual({ status: 'cancelled' });
  });

  test('a cancelled run without the record of its request is still refused', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    migrate(db, 2);
    expect(() =>
      db.exec(`UPDATE runs SET status = 'cancelled', ended_at = 200, outcome = '{}' WHERE id = '5-1-a'`),
    ).toThrow('CHECK constraint failed');
  });

  test('a job that waits for its turn keeps its runs: dropping the old table did not cascade', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    migrate(db, 2);
    expect(db.prepare('SELECT id FROM runs WHERE job_id = 3 ORDER BY attempt').all()).toEqual([
      { id: '3-1-a' },
      { id: '3-2-b' },
    ]);
  });

  test('job numbers and event numbers go on where they were', () => {
    using folder = new TestFolder();
    writeVersion1(folder.raw());
    const db = folder.open();
    expect(createJobStore(db).insertTx(newJob()).id).toBe(6);
    expect(createEventStore(db).appendTx(1, 'job.submitted', 6, {})).toBe(4);
  });

  test('the stores read every old row', () => {
    using folder = new TestFolder();
    writeVersion1(folder.raw());
    const db = folder.open();
    const jobs = createJobStore(db);
    expect([1, 2, 3, 4, 5].map((id) => jobs.get(id)?.state.status)).toEqual([
      'queued',
      'running',
      'completed',
      'failed',
      'pending',
    ]);
    expect(jobs.get(1)).toMatchObject({
      spec: {
        name: 'größer ✓',
        command: ['python', 'träin.py'],
        env: { SEED: '1' },
        gpus: 2,
        gpuMemoryMiB: 8_000,
        stopSignal: 'SIGINT',
        graceMs: 2_500,
      },
      priority: 7,
      position: 1.5,
      attempt: 0,
      version: 3,
    });
    expect(jobs.get(2)?.state).toMatchObject({
      run: '2-1-a',
      gpus: ['GPU-A'],
      identity: { mainPid: 4101, mainStart: '2' },
    });
    expect(createSettingsStore(db).get().cpuSlots).toBe(3);
    expect(createSettingsStore(db).mode()).toBe('pause');
    expect(
      createEventStore(db)
        .since(0, 10)
        .map(({ kind }) => kind),
    ).toEqual(['job.submitted', 'job.claimed', 'queue.mode']);
  });
});

test('a stop that an older version was told of is still a cancel after the upgrade, with its deadline', () => {
  using folder = new TestFolder();
  const old = folder.raw();
  writeVersion1(old);
  migrate(old, 2);
  old.exec(
    `UPDATE runs SET stop = '{"by":"cli","requestedAt":180,"deadlineAt":10180,"stage":"asked","forced":false}' WHERE id = '2-1-a'`,
  );
  const job = createJobStore(folder.open()).get(2);
  if (job === null) throw new Error('lost');
  expect(job.state).toMatchObject({ stop: { intent: 'cancel', by: 'cli', deadlineAt: 10_180 } });
  const ended = transition(
    job,
    { type: 'ended', run: '2-1-a', outcome: { kind: 'exited', code: 0, cause: null }, startedAt: null, endedAt: 200 },
    200,
  );
  expect(ended.ok && ended.value.state.status).toBe('cancelled');
});

describe('a step that fails', () => {
  test('leaves the version and the rows of the step before', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    db.exec('CREATE TABLE runs_new (in_the_way TEXT)');
    const before = rowsOf(db);
    expect(() => migrate(db)).toThrow('runs_new already exists');
    expect(schemaVersion(db)).toBe(1);
    expect(rowsOf(db)).toEqual(before);
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'jobs_new'").all()).toEqual([]);
  });

  test('rows that refer to nothing stop it instead of being carried on', () => {
    using folder = new TestFolder();
    const db = folder.raw();
    writeVersion1(db);
    db.pragma('foreign_keys = OFF');
    db.exec("UPDATE jobs SET run_id = 'nowhere' WHERE id = 2");
    expect(() => migrate(db)).toThrow('broke 1 references');
    expect(schemaVersion(db)).toBe(1);
  });
});

describe('the backup before migrating', () => {
  test('is a whole database of the old version, readable by itself', () => {
    using folder = new TestFolder();
    const old = folder.raw();
    writeVersion1(old);
    const before = rowsOf(old);
    old.close();
    folder.open();
    const [name, ...others] = readdirSync(folder.at('backups'));
    expect(others).toEqual([]);
    expect(name).toMatch(/^queue-v1-.*\.sqlite$/);
    const backup = folder.raw(`backups/${name}`);
    expect(schemaVersion(backup)).toBe(1);
    expect(rowsOf(backup)).toEqual(before);
    expect(backup.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('has what was only in the write-ahead log of a crashed app', () => {
    using folder = new TestFolder();
    const crashing = folder.raw('crashing.sqlite');
    crashing.pragma('journal_mode = WAL');
    writeVersion1(crashing);
    folder.crashCopy('crashing.sqlite', 'queue.sqlite');
    folder.open();
    const backup = folder.raw(`backups/${readdirSync(folder.at('backups'))[0]}`);
    expect(rowsOf(backup)['jobs']).toHaveLength(5);
  });

  test('only the latest five are kept, and nothing else in the folder is touched', () => {
    using folder = new TestFolder();
    writeVersion1(folder.raw('v1.sqlite'));
    folder.raw('v1.sqlite').close();
    const made: string[] = [];
    for (let round = 0; round < 7; round += 1) {
      const name = `queue-${round}.sqlite`;
      folder.raw('v1.sqlite').prepare('VACUUM INTO ?').run(folder.at(name));
      folder.open(name);
      const fresh = readdirSync(folder.at('backups')).find((one) => one.startsWith('queue-v') && !made.includes(one));
      if (fresh !== undefined) made.push(fresh);
      if (round === 0) folder.raw('backups/mine.sqlite').exec('CREATE TABLE kept (x)');
    }
    expect(made).toHaveLength(7);
    expect(readdirSync(folder.at('backups')).sort()).toEqual(['mine.sqlite', ...made.slice(-5)].sort());
  });

  test('is not made for a database that is refused', () => {
    using folder = new TestFolder();
    folder.open().pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    const path = folder.at('queue.sqlite');
    expect(() => folder.open()).toThrow('newer Trainyard');
    expect(existsSync(folder.at('backups'))).toBe(false);
    expect(fingerprint(path)).not.toBeNull();
  });
});
