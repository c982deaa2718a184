import type { Database } from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import type { JobQuery } from '../../../src/main/core/db/jobLists.ts';
import type { FinishedState, Job, JobState, Stop } from '../../../src/main/core/domain/job.ts';
import type { Outcome, Receipt } from '../../../src/shared/job.ts';
import { newJob, TestFolder } from './folder.ts';

const IDENTITY = {
  engine: 'local',
  runner: 'native',
  bootId: 'b1',
  runnerPid: 4100,
  runnerStart: '8',
  mainPid: 4101,
  mainStart: '9',
} as const;
const STOP: Stop = {
  intent: 'cancel',
  by: 'cli',
  requestedAt: 50,
  deadlineAt: 10_050,
  stage: 'terminating',
  forced: false,
};

function pending(run = '1-1-a', stop: Stop | null = null): JobState {
  return { status: 'pending', run, gpus: ['GPU-A', 'GPU-B'], claimedAt: 20, stop };
}
function running(run = '1-1-a', stop: Stop | null = null): JobState {
  return { status: 'running', run, gpus: ['GPU-A', 'GPU-B'], claimedAt: 20, startedAt: 30, identity: IDENTITY, stop };
}
function finished(status: FinishedState['status'], outcome: Outcome, over: Partial<FinishedState> = {}): FinishedState {
  return { status, run: '1-1-a', gpus: ['GPU-A'], startedAt: 30, endedAt: 90, outcome, stop: null, ...over };
}
const success = finished('completed', { kind: 'exited', code: 0, cause: null });

const RECEIPT: Receipt = {
  verdict: '9 processes gone, 1.8 s, exit 0',
  requestedBy: 'cli',
  requestedAt: 50,
  finishedAt: 90,
  stopSignal: 'SIGTERM',
  graceMs: 10_000,
  steps: [{ rung: 'asked', at: 50, signal: null, sent: 0, words: 'Asked “in” a terminal' }],
  membersGone: 9,
  members: [],
  membersNotListed: 0,
  survivors: 0,
  memory: [{ gpu: 'GPU-A', beforeMiB: 21_914, afterMiB: null }],
  proofs: ['Kernel: no child left (ECHILD)'],
};

/** A store on a new database, and a short way to write a state. */
function open(folder: TestFolder) {
  const db = folder.open();
  const jobs = createJobStore(db);
  function write(job: Job, state: JobState, attempt = 1, receipt: Receipt | null = null): Job {
    const after = jobs.writeTx(job, { state, attempt, receipt }, 'b1');
    // What is answered without reading must be what reading gives, in both ways of reading.
    expect(jobs.get(job.id)).toEqual(after);
    expect(jobs.getMany([job.id]).get(job.id)).toEqual(after);
    return after;
  }
  return { db, jobs, write, add: (name = 'train'): Job => jobs.insertTx(newJob({ name })) };
}

const EVERYTHING: JobQuery = { statuses: null, search: null, limit: 100, before: null };

describe('a job that was written is read as it was', () => {
  test('what was submitted, with quotes, newlines and other scripts', () => {
    using folder = new TestFolder();
    const { jobs } = open(folder);
    const { spec, ...place } = newJob(
      {
        name: 'Größe "7" 训练',
        command: ['/opt/my env/python', '-c', 'print("a")\nprint(\'b\')', ''],
        env: { A: '', PATH_WITH: '/a b/c:"d"', _: '\\' },
        gpus: 2,
        gpuMemoryMiB: 8_000,
        gpuUuids: ['GPU-A', 'GPU-B'],
        minGpuMemoryMiB: 16_000,
        after: [],
        stopSignal: 'SIGUSR1',
        graceMs: 0,
        timeLimitMs: 3_600_000,
      },
      { priority: -5, held: true, submittedAt: 1_790_000_000_123 },
    );
    const job = jobs.insertTx({ spec, ...place });
    expect(job).toMatchObject({
      id: 1,
      spec,
      state: { status: 'queued', since: 1_790_000_000_123 },
      attempt: 0,
      priority: -5,
      held: true,
      position: 1,
      submittedAt: 1_790_000_000_123,
      version: 1,
      verdict: null,
    });
    expect(jobs.get(1)).toEqual(job);
  });

  test('a job that is not there is null', () => {
    using folder = new TestFolder();
    expect(open(folder).jobs.get(1)).toBeNull();
  });

  test.for<[string, JobState]>([
    ['pending', pending()],
    ['pending and stopping', pending('1-1-a', { ...STOP, stage: 'asked' })],
    ['running', running()],
    ['running and stopping, forced', running('1-1-a', { ...STOP, forced: true, stage: 'stuck' })],
    ['running over its time', running('1-1-a', { ...STOP, intent: 'time-limit', by: 'core' })],
    ['completed', success],
    ['failed with a cause', finished('failed', { kind: 'exited', code: 1, cause: 'cuda-oom' })],
    ['failed by a signal', finished('failed', { kind: 'signalled', signal: 'SIGSEGV', coreDumped: true, cause: null })],
    [
      'failed to start',
      finished('failed', { kind: 'start-error', stage: 'exec', code: 'ENOENT', message: 'x' }, { startedAt: null }),
    ],
    ['lost', finished('failed', { kind: 'lost', why: 'reboot' })],
    [
      'cancelled',
      finished('cancelled', { kind: 'exited', code: 0, cause: null }, { stop: { ...STOP, stage: 'verifying' } }),
    ],
    [
      'cancelled before it started',
      finished('cancelled', { kind: 'never-started' }, { startedAt: null, gpus: [], stop: STOP }),
    ],
  ])('%s', ([, state]) => {
    using folder = new TestFolder();
    const { write, add } = open(folder);
    const job = add();
    expect(write(job, state)).toEqual({ ...job, state, attempt: 1, version: 2 });
  });

  test('through a whole life, and again after a requeue, with both runs kept', () => {
    using folder = new TestFolder();
    const { db, write, add } = open(folder);
    let job = add();
    for (const state of [pending(), running(), running('1-1-a', STOP)]) job = write(job, state);
    job = write(job, finished('cancelled', { kind: 'exited', code: 0, cause: null }, { stop: STOP }));
    const { position } = job;
    job = write(job, { status: 'queued', since: 100 });
    expect(job).toMatchObject({ state: { status: 'queued', since: 100 }, attempt: 1, position, verdict: null });
    job = write(job, pending('1-2-b'), 2);
    expect(job).toMatchObject({ attempt: 2, state: { run: '1-2-b' } });
    expect(
      db.prepare('SELECT id, attempt, status, claimed_at, started_at, ended_at FROM runs ORDER BY attempt').all(),
    ).toEqual([
      { id: '1-1-a', attempt: 1, status: 'cancelled', claimed_at: 20, started_at: 30, ended_at: 90 },
      { id: '1-2-b', attempt: 2, status: 'pending', claimed_at: 20, started_at: null, ended_at: null },
    ]);
  });

  test('over closing and opening again', () => {
    using folder = new TestFolder();
    const first = open(folder);
    const job = first.write(first.add(), running('1-1-a', STOP));
    first.db.close();
    expect(open(folder).jobs.get(1)).toEqual(job);
  });
});

describe('what is kept of a run', () => {
  test('its receipt, whole; the job carries the verdict', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    write(add(), finished('cancelled', { kind: 'exited', code: 0, cause: null }, { stop: STOP }), 1, RECEIPT);
    expect(jobs.runFacts('1-1-a')).toMatchObject({ receipt: RECEIPT, bootId: 'b1' });
    expect(jobs.get(1)?.verdict).toBe(RECEIPT.verdict);
  });

  test('who it was, also when it has ended: the details name the runner that supervised it', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    const job = write(write(add(), pending()), running());
    expect(jobs.runFacts('1-1-a')?.identity).toEqual(IDENTITY);
    write(job, success);
    expect(jobs.runFacts('1-1-a')?.identity).toEqual(IDENTITY);
  });

  test('the boot in which it was claimed, not the one in which it was last written', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    const job = write(add(), pending());
    jobs.writeTx(job, { state: running(), attempt: 1 }, 'b2');
    expect(jobs.runFacts('1-1-a')?.bootId).toBe('b1');
  });

  test('the most GPU memory it was seen to use, for the next one with the same command', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    write(add(), running());
    expect(jobs.peakMemoryOf(['python', 'train.py'])).toBeNull();
    for (const mib of [900, 4_000, 1_000]) jobs.notePeakMemoryTx('1-1-a', mib);
    expect(jobs.peakMemoryOf(['python', 'train.py'])).toBe(4_000);
    expect(jobs.peakMemoryOf(['python', 'other.py'])).toBeNull();
  });

  test('nothing of a run that never was', () => {
    using folder = new TestFolder();
    expect(open(folder).jobs.runFacts('9-9-x')).toBeNull();
  });
});

describe('two writers are a bug that is told', () => {
  test('a state on a stale version throws, and in a transaction nothing of it stays', () => {
    using folder = new TestFolder();
    const { db, jobs, write, add } = open(folder);
    const stale = add();
    write(stale, pending());
    const attempt = (): Job =>
      db.transaction(() => jobs.writeTx(stale, { state: pending('1-9-z'), attempt: 9 }, 'b1')).immediate();
    expect(attempt).toThrow();
    const onlyRow = (): Job => jobs.writeTx(stale, { state: running(), attempt: 1 }, 'b1');
    expect(() => db.transaction(onlyRow).immediate()).toThrow('job 1 changed between read and write (version 1)');
    expect(jobs.get(1)).toMatchObject({ version: 2, attempt: 1, state: { status: 'pending', run: '1-1-a' } });
    expect(db.prepare('SELECT count(*) AS runs FROM runs').get()).toEqual({ runs: 1 });
  });

  test('a place on a stale version throws', () => {
    using folder = new TestFolder();
    const { jobs, add } = open(folder);
    const stale = add();
    jobs.writePlaceTx(stale, { held: true, priority: 3, position: 0.5 });
    expect(jobs.get(1)).toMatchObject({ held: true, priority: 3, position: 0.5, version: 2 });
    expect(() => jobs.writePlaceTx(stale, { held: false, priority: 0, position: 9 })).toThrow(
      'changed between read and write',
    );
    expect(jobs.get(1)).toMatchObject({ held: true, version: 2 });
  });
});

describe('what the schema refuses, whoever writes', () => {
  function withRun(folder: TestFolder): Database {
    const { db, write, add } = open(folder);
    write(add(), running());
    return db;
  }

  test('a second live run of a job', () => {
    using folder = new TestFolder();
    const db = withRun(folder);
    const second = (status: string): unknown =>
      db
        .prepare(
          `INSERT INTO runs (id, job_id, attempt, status, gpus, boot_id, claimed_at, identity) VALUES ('1-2-b', 1, 2, ?, '[]', 'b1', 1, '{}')`,
        )
        .run(status);
    expect(() => second('pending')).toThrow('UNIQUE constraint failed: runs.job_id');
    expect(() => second('running')).toThrow('UNIQUE constraint failed: runs.job_id');
  });

  test.for<[string, string]>([
    ['a seventh status of a job', "UPDATE jobs SET status = 'stopping'"],
    ['a seventh status of a run', "UPDATE runs SET status = 'paused'"],
    ['a queued run', "UPDATE runs SET status = 'queued'"],
    ['a queued job with a run', "UPDATE jobs SET status = 'queued'"],
    ['a running job without a run', 'UPDATE jobs SET run_id = NULL'],
    ['a running run without an identity', 'UPDATE runs SET identity = NULL'],
    ['a live run with an end', 'UPDATE runs SET ended_at = 5'],
    ['a finished run without an outcome', "UPDATE runs SET status = 'completed', ended_at = 5"],
    [
      'a cancelled run without the record of a stop',
      "UPDATE runs SET status = 'cancelled', ended_at = 5, outcome = '{}'",
    ],
    ['negative GPUs', 'UPDATE jobs SET gpus = -1'],
    ['a share of no memory', 'UPDATE jobs SET gpu_memory_mib = 0'],
    ['a negative grace', 'UPDATE jobs SET grace_ms = -1'],
    ['no time at all', 'UPDATE jobs SET time_limit_ms = 0'],
    ['a held that is neither yes nor no', 'UPDATE jobs SET held = 2'],
    ['a text where a number belongs', "UPDATE jobs SET priority = 'high'"],
  ])('%s', ([, sql]) => {
    using folder = new TestFolder();
    const db = withRun(folder);
    expect(() => db.exec(sql)).toThrow(/constraint failed|cannot store TEXT/);
  });

  test('a job whose run is nowhere', () => {
    using folder = new TestFolder();
    expect(() => withRun(folder).exec("UPDATE jobs SET run_id = 'nowhere'")).toThrow('FOREIGN KEY constraint failed');
  });
});

describe('lists', () => {
  test('waiting jobs come best first: priority, then position, then number', () => {
    using folder = new TestFolder();
    const { db, jobs, add } = open(folder);
    for (let count = 0; count < 5; count += 1) add();
    db.exec(
      'UPDATE jobs SET priority = 2 WHERE id = 4; UPDATE jobs SET position = 0.5 WHERE id = 3; UPDATE jobs SET position = 1 WHERE id = 2',
    );
    expect(jobs.waiting().map(({ id }) => id)).toEqual([4, 3, 1, 2, 5]);
  });

  test('a new job goes to the end, also behind jobs that have left the queue', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    add();
    write(add(), pending('2-1-a'));
    const third = add();
    expect(third.position).toBe(3);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([1, 3]);
  });

  test('live, finished and counted', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    for (let count = 0; count < 6; count += 1) add();
    const at = (id: number): Job => {
      const job = jobs.get(id);
      if (job === null) throw new Error('lost');
      return job;
    };
    write(at(2), { ...pending('2-1'), claimedAt: 99 } as JobState);
    write(at(3), running('3-1'));
    write(at(4), { ...success, run: '4-1' });
    write(at(5), { ...finished('failed', { kind: 'lost', why: 'reboot' }), run: '5-1' });
    write(at(6), { ...finished('cancelled', { kind: 'never-started' }, { stop: STOP }), run: '6-1' });
    expect(jobs.live().map(({ id }) => id)).toEqual([3, 2]);
    expect(jobs.finished(2).map(({ id }) => id)).toEqual([6, 5]);
    expect(jobs.counts()).toEqual({ queued: 1, pending: 1, running: 1, completed: 1, failed: 1, cancelled: 1 });
    expect(jobs.list({ ...EVERYTHING, statuses: ['queued', 'failed'] }).map(({ id }) => id)).toEqual([5, 1]);
    expect(jobs.list({ ...EVERYTHING, statuses: [] })).toEqual([]);
  });

  test('a requeued job is no longer counted as having been passed', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    add();
    jobs.countOvertakenTx([1, 1]);
    const passed = jobs.get(1);
    if (passed === null) throw new Error('lost');
    expect(passed).toMatchObject({ overtaken: 2, version: 1 });
    const done = write(write(passed, pending()), success);
    expect(write(done, { status: 'queued', since: 5 }).overtaken).toBe(0);
  });

  test('pages neither repeat nor skip, also while jobs are added', () => {
    using folder = new TestFolder();
    const { jobs, add } = open(folder);
    for (let count = 0; count < 25; count += 1) add();
    const seen: number[] = [];
    let before: number | null = null;
    for (;;) {
      const page = jobs.list({ ...EVERYTHING, limit: 10, before });
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page.map(({ id }) => id));
      before = last.id;
      add();
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, place) => 25 - place));
  });
});

describe('search', () => {
  function found(names: readonly string[], search: string): readonly string[] {
    using folder = new TestFolder();
    const { jobs, add } = open(folder);
    for (const name of names) add(name);
    return jobs
      .list({ ...EVERYTHING, search })
      .map(({ spec }) => spec.name)
      .toReversed();
  }

  test.for<[string, readonly string[], readonly string[]]>([
    ['100%', ['100% data', '100x data'], ['100% data']],
    ['a_b', ['a_b', 'axb'], ['a_b']],
    ['c\\d', ['c\\d', 'cd'], ['c\\d']],
    ['%', ['50%', 'plain'], ['50%']],
    ['_', ['a_b', 'plain'], ['a_b']],
    ['WHISPER', ['whisper-large', 'llama'], ['whisper-large']],
    ["'; DROP TABLE jobs; --", ['plain'], []],
    ['', ['a', 'b'], ['a', 'b']],
  ])('“%s” is taken as it is written', ([search, names, expected]) => {
    expect(found(names, search)).toEqual(expected);
  });

  test('finds words of the command as the window shows it, over several arguments', () => {
    using folder = new TestFolder();
    const { jobs } = open(folder);
    jobs.insertTx(newJob({ name: 'a', command: ['python', 'train.py', '--lr', '0.1'] }));
    jobs.insertTx(newJob({ name: 'b', command: ['python', 'eval.py'] }));
    const names = (search: string): readonly string[] =>
      jobs.list({ ...EVERYTHING, search }).map(({ spec }) => spec.name);
    expect(names('train.py')).toEqual(['a']);
    expect(names('train.py --lr')).toEqual(['a']);
    expect(names('python')).toEqual(['b', 'a']);
    expect(names('","')).toEqual([]);
  });

  test('goes together with statuses and pages', () => {
    using folder = new TestFolder();
    const { jobs, write, add } = open(folder);
    for (let count = 0; count < 4; count += 1) add('whisper');
    add('llama');
    const third = jobs.get(3);
    if (third !== null) write(third, { ...success, run: '3-1' });
    expect(jobs.list({ statuses: ['queued'], search: 'whisper', limit: 1, before: 4 }).map(({ id }) => id)).toEqual([
      2,
    ]);
  });
});

describe('100 000 jobs of history are not walked through', () => {
  /** The statements of the store, as they are prepared. */
  function statements(db: Database, use: (jobs: ReturnType<typeof createJobStore>) => void): readonly string[] {
    const seen: string[] = [];
    const listening = new Proxy(db, {
      get(target, name) {
        if (name !== 'prepare') return Reflect.get(target, name, target) as unknown;
        return (sql: string): unknown => {
          seen.push(sql);
          return target.prepare(sql);
        };
      },
    });
    use(createJobStore(listening));
    return seen;
  }

  function plan(db: Database, sql: string): string {
    const parameters = Array.from({ length: sql.split('?').length - 1 }, () => 1);
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { readonly detail: string }[];
    return rows.map(({ detail }) => detail).join('\n');
  }

  test.for<[string, RegExp, RegExp]>([
    ['one job', /WHERE j\.id = \?$/, /SEARCH j USING INTEGER PRIMARY KEY/],
    ['waiting', /status = 'queued'/, /SEARCH j USING INDEX jobs_by_status/],
    ['live', /'running'\) ORDER BY r\.claimed_at/, /SEARCH j USING INDEX jobs_(?:newest|by_status)/],
    ['live of a target', /target = \? ORDER BY r\.claimed_at/, /SEARCH j USING INDEX jobs_(?:newest|by_status)/],
    ['list by status', /status = \? AND TRUE/, /SEARCH jobs USING COVERING INDEX jobs_newest/],
    ['the next page', /WHERE j\.id < \?/, /SEARCH j USING INTEGER PRIMARY KEY/],
  ])('%s', ([, which, expected]) => {
    using folder = new TestFolder();
    const db = folder.open();
    const all = statements(db, (jobs) => {
      jobs.list({ ...EVERYTHING, statuses: ['failed', 'cancelled'] });
      jobs.list({ ...EVERYTHING, before: 5 });
    });
    const sql = all.filter((text) => text.includes('SELECT j.id') && which.test(text.trim()));
    expect(sql).toHaveLength(1);
    const steps = plan(db, sql[0] ?? '');
    expect(steps).toMatch(expected);
    // A subquery of the newest of a status holds a page, not the history.
    expect(steps.replaceAll('SCAN (subquery-', '')).not.toContain('SCAN');
  });

  test('waiting jobs come in the order of the index, without a sort', () => {
    using folder = new TestFolder();
    const db = folder.open();
    const waiting = statements(db, () => undefined).find((sql) => sql.includes("status = 'queued' ORDER"));
    expect(plan(db, waiting ?? '')).not.toContain('TEMP B-TREE');
  });
});
