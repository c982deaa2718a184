import { describe, expect, test } from 'vitest';
import { createRouter } from '../../../src/main/core/api/router.ts';
import type { HandlersOf, RequestContext } from '../../../src/main/core/api/router.ts';
import { DatabaseProblem } from '../../../src/main/core/db/problem.ts';
import { ROUTES } from '../../../src/shared/contract.ts';
import { ok, refused } from '../../../src/shared/result.ts';

const CONTEXT: RequestContext = { origin: 'http', signal: new AbortController().signal };
const JOB = { command: ['python', 'train.py'], cwd: '/tmp' };

/** A router whose handlers answer what they were given, and note that they were called. */
function router(over: Readonly<Record<string, (input: unknown, context: RequestContext) => unknown>> = {}) {
  const called: string[] = [];
  const bugs: unknown[] = [];
  const handlers = Object.fromEntries(
    Object.keys(ROUTES).map((name) => [
      name,
      (input: unknown, context: RequestContext): unknown => {
        called.push(name);
        return (over[name] ?? ok)(input, context);
      },
    ]),
  ) as unknown as HandlersOf<typeof ROUTES>;
  const ask = createRouter(ROUTES, handlers, (error) => bugs.push(error));
  return { called, bugs, ask: (route: string, input: unknown) => ask(route, input, CONTEXT) };
}

describe('a route that is not in the contract', () => {
  test.for(['jobs.explode', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'JOBS.LIST', 'jobs'])(
    '“%s” is unknown, and nothing is called',
    async (name) => {
      const { ask, called, bugs } = router();
      expect(await ask(name, {})).toEqual({
        ok: false,
        error: { code: 'UNKNOWN_ROUTE', message: `There is no route ${JSON.stringify(name)}.` },
      });
      expect(called).toEqual([]);
      expect(bugs).toEqual([]);
    },
  );

  test('a name of a megabyte is not sent back whole', async () => {
    const answer = await router().ask('x'.repeat(1_000_000), {});
    expect(JSON.stringify(answer).length).toBeLessThan(200);
  });
});

describe('what a handler gives', () => {
  test('its value comes in the envelope, its refusal as it is', async () => {
    const error = { code: 'REFUSED', message: 'Not now.' } as const;
    const { ask, bugs } = router({ 'jobs.extend': () => refused(error) });
    expect(await ask('jobs.get', { jobId: 3 })).toEqual({ ok: true, data: { jobId: 3 } });
    expect(await ask('jobs.extend', { jobId: 3 })).toEqual({ ok: false, error });
    expect(bugs).toEqual([]);
  });

  test('it gets the defaults filled in, and who asks', async () => {
    let seen: unknown = null;
    const { ask } = router({
      'jobs.cancel': (input, context) => {
        seen = { input, origin: context.origin };
        return ok(null);
      },
    });
    await ask('jobs.cancel', { jobId: 3 });
    expect(seen).toEqual({ input: { jobId: 3, force: false }, origin: 'http' });
  });

  test('a request without input means the defaults where there are some', async () => {
    const { ask } = router();
    expect(await ask('jobs.list', undefined)).toEqual({ ok: true, data: { limit: 100 } });
    expect(await ask('snapshot.get', undefined)).toEqual({ ok: true, data: {} });
  });

  test.for<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('x is not a function at /home/ada/secret.ts');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('x is not a function at /home/ada/secret.ts'))],
  ])('a bug that %s is logged and answered without its insides', async ([, fail]) => {
    const { ask, bugs } = router({ 'about.get': fail });
    expect(await ask('about.get', {})).toEqual({
      ok: false,
      error: {
        code: 'INTERNAL',
        message: 'Something unexpected went wrong; the log of the app says more. Nothing was changed.',
      },
    });
    expect(bugs).toHaveLength(1);
    expect(bugs[0]).toBeInstanceOf(TypeError);
  });

  test('a problem of the database is told in its own words and is no bug', async () => {
    const problem = new DatabaseProblem('full', 'The disk is full. Free some space and try again.');
    const { ask, bugs } = router({
      'jobs.submit': () => {
        throw problem;
      },
    });
    expect(await ask('jobs.submit', JOB)).toEqual({ ok: false, error: { code: 'DATABASE', message: problem.message } });
    expect(bugs).toEqual([]);
  });

  test('an error of SQLite itself is one as well, in a sentence that can be read', async () => {
    const { ask, bugs } = router({
      'jobs.submit': () => {
        throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      },
    });
    const answer = await ask('jobs.submit', JOB);
    expect(answer).toMatchObject({ ok: false, error: { code: 'DATABASE' } });
    if (answer.ok) throw new Error('answered');
    expect(answer.error.message).toMatch(
      /^The queue database\b.* could not be written: the disk is full, read-only or failing\./,
    );
    expect(answer.error.message).not.toContain('database of the queue');
    expect(bugs).toEqual([]);
  });
});

describe('bad input names the field and says what to do, and no handler is called', () => {
  const NUL = 'must not contain a NUL character: programs cannot receive one';
  const EMPTY = 'is empty: give the program to run and its arguments';
  const SIGNALS = 'must be one of SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2';
  const VARIABLE = 'has a name that is not a variable: use letters, digits and _';
  const TOO_LONG = 'is longer than the 131071 bytes a program can receive';
  const many = (count: number, bytes: number): readonly string[] =>
    Array.from({ length: count }, () => 'x'.repeat(bytes));

  test.for<[string, Readonly<Record<string, unknown>>, string, string]>([
    ['an empty command', { command: [] }, 'command', EMPTY],
    ['an empty program', { command: ['', 'x'] }, 'command', EMPTY],
    ['a program of spaces', { command: ['  '] }, 'command', EMPTY],
    [
      'a command that is one text',
      { command: 'python train.py' },
      'command',
      'must be a list of texts: the program and its arguments',
    ],
    ['no command', { command: undefined }, 'command', 'must be a list of texts: the program and its arguments'],
    [
      'a number in the command',
      { command: ['python', 7] },
      'command[1]',
      'Invalid input: expected string, received number',
    ],
    ['a NUL byte in the command', { command: ['python', 'a\0b'] }, 'command[1]', NUL],
    ['an argument of 10 MB', { command: ['python', 'x'.repeat(10_485_760)] }, 'command[1]', TOO_LONG],
    [
      'an argument one byte too long, counted in bytes',
      { command: [`${'é'.repeat(65_535)}ab`] },
      'command[0]',
      TOO_LONG,
    ],
    [
      '10 MB in many arguments',
      { command: many(100, 104_857) },
      'command',
      'is longer than 1048576 bytes in all: put long input into a file',
    ],
    ['no folder', { cwd: undefined }, 'cwd', 'Invalid input: expected string, received undefined'],
    ['an empty folder', { cwd: ' ' }, 'cwd', 'is empty: give the folder the command runs in'],
    ['a NUL byte in the folder', { cwd: '/tmp\0/x' }, 'cwd', NUL],
    ['a folder that is a number', { cwd: 5 }, 'cwd', 'Invalid input: expected string, received number'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'name', 'is longer than 200 characters'],
    ['a NUL byte in the name', { name: 'a\0' }, 'name', 'must not contain a NUL character'],
    ['an environment as text', { env: 'A=1' }, 'env', 'Invalid input: expected record, received string'],
    ['an environment as list', { env: ['A=1'] }, 'env', 'Invalid input: expected record, received array'],
    [
      'a variable that is a number',
      { env: { SEED: 1 } },
      'env.SEED',
      'Invalid input: expected string, received number',
    ],
    ['a NUL byte in a variable', { env: { SEED: '1\0' } }, 'env.SEED', NUL],
    ['a variable with a dash', { env: { 'MY-SEED': '1' } }, 'env.MY-SEED', VARIABLE],
    ['a variable with =', { env: { 'A=B': '1' } }, 'env.A=B', VARIABLE],
    ['a variable of 200 KB', { env: { DATA: 'x'.repeat(200_000) } }, 'env.DATA', TOO_LONG],
    [
      'an environment of 2 MB',
      { env: Object.fromEntries(many(20, 100_000).map((value, place) => [`A${place}`, value])) },
      'env',
      'is longer than 1048576 bytes in all: put long values into a file',
    ],
    ['negative GPUs', { gpus: -1 }, 'gpus', 'must be 0 or more: 0 runs the job in a CPU slot'],
    ['half a GPU', { gpus: 0.5 }, 'gpus', 'must be a whole number of GPUs'],
    ['GPUs as text', { gpus: '1' }, 'gpus', 'must be a whole number of GPUs'],
    ['not a number of GPUs', { gpus: Number.NaN }, 'gpus', 'must be a whole number of GPUs'],
    ['65 GPUs', { gpus: 65 }, 'gpus', 'must be 64 or less'],
    ['no memory', { gpuMemoryMiB: 0 }, 'gpuMemoryMiB', 'must be 1 MiB or more; leave it out for a whole GPU'],
    ['memory as text', { gpuMemoryMiB: '8G' }, 'gpuMemoryMiB', 'must be a whole number of MiB'],
    ['GPUs named by numbers', { gpuIds: 0 }, 'gpuIds', 'must be a list of GPU numbers or UUIDs'],
    ['an unknown signal', { stopSignal: 'SIGFOO' }, 'stopSignal', SIGNALS],
    ['SIGKILL, which is no stop signal', { stopSignal: 'SIGKILL' }, 'stopSignal', SIGNALS],
    ['a signal by number', { stopSignal: 15 }, 'stopSignal', SIGNALS],
    ['a negative grace', { graceSeconds: -1 }, 'graceSeconds', 'must be 0 or more seconds'],
    ['a grace of ten years', { graceSeconds: 315_360_000 }, 'graceSeconds', 'must be 86400 seconds (a day) or less'],
    ['a grace as text', { graceSeconds: '10' }, 'graceSeconds', 'must be a number of seconds'],
    ['a grace without end', { graceSeconds: Number.POSITIVE_INFINITY }, 'graceSeconds', 'must be a number of seconds'],
    [
      'a time limit of 0',
      { timeLimitSeconds: 0 },
      'timeLimitSeconds',
      'must be 1 second or more; leave it out for no limit',
    ],
    ['half a priority', { priority: 0.5 }, 'priority', 'must be a whole number'],
    ['a priority of 1001', { priority: 1_001 }, 'priority', 'must be 1000 or less'],
    ['after something that is no list', { after: 3 }, 'after', 'must be a list of job numbers'],
    ['held as text', { held: 'yes' }, 'held', 'must be true or false'],
    ['an unknown field', { gpu: 1 }, 'gpu', 'is not a field of this request'],
  ])('%s', async ([, wrong, field, problem]) => {
    const { ask, called, bugs } = router();
    expect(await ask('jobs.submit', { ...JOB, ...wrong })).toEqual({
      ok: false,
      error: { code: 'INVALID_INPUT', field, message: `${field}: ${problem}` },
    });
    expect(called).toEqual([]);
    expect(bugs).toEqual([]);
  });

  test('a variable called __proto__ does not change what anything inherits', async () => {
    const { ask } = router();
    const answer = await ask(
      'jobs.submit',
      JSON.parse('{"command":["a"],"cwd":"/tmp","env":{"__proto__":{"admin":"1"}}}'),
    );
    expect({}).not.toHaveProperty('admin');
    if (answer.ok) expect((answer.data as { env: object }).env).not.toHaveProperty('admin');
  });

  test.for<[string, unknown]>([
    ['null', null],
    ['a text', 'x'],
    ['a list', []],
    ['nothing', undefined],
  ])('%s in place of the whole request', async ([, input]) => {
    const answer = await router().ask('jobs.submit', input);
    expect(answer).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    if (!answer.ok) expect(answer.error.message).toMatch(/^The request must be an object with named fields: /);
  });

  test.for<[string, unknown, string]>([
    ['jobs.get', { jobId: '1' }, 'jobId: must be the number of a job'],
    ['jobs.get', { jobId: 0 }, 'jobId: must be the number of a job'],
    ['jobs.get', {}, 'jobId: must be the number of a job'],
    ['jobs.cancelMany', { jobs: [] }, 'jobs: names no job'],
    ['jobs.cancelMany', { jobs: [1, 0] }, 'jobs[1]: must be the number of a job'],
    ['jobs.cancelMany', { jobs: 'some' }, 'jobs: must be a list of job numbers, "queued" or "all"'],
    [
      'jobs.list',
      { status: ['done'] },
      'status[0]: must be one of queued, pending, running, completed, failed, cancelled',
    ],
    ['jobs.list', { limit: 1_001 }, 'limit: must be 1000 or less'],
    ['jobs.list', { search: 'x'.repeat(501) }, 'search: is longer than 500 characters'],
    ['jobs.place', { jobId: 1, to: 'top' }, 'to: must be "first", "last" or {"before": the number of a queued job}'],
    ['log.read', { jobId: 1, offset: 0.5 }, 'offset: must be a whole number of bytes'],
    ['log.read', { jobId: 1, limit: 0 }, 'limit: must be 1 or more bytes'],
    ['log.read', { jobId: 1, waitMs: 30_001 }, 'waitMs: must be 30000 or less'],
    ['queue.setMode', { mode: 'stop' }, 'mode: must be one of run, drain, pause'],
    ['changes.since', { seq: -1 }, 'seq: must be 0 or more'],
    ['settings.set', { cpuSlots: 0 }, 'cpuSlots: must be 1 or more'],
    ['settings.set', { nvidiaSmiPath: '' }, 'nvidiaSmiPath: must be a path; null looks in the usual places'],
    ['settings.set', { theme: 'dark' }, 'theme: is not a field of this request'],
  ])('%s with %o', async ([route, input, message]) => {
    const { ask, called } = router();
    expect(await ask(route, input)).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', message } });
    expect(called).toEqual([]);
  });
});
