import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cgroupIn,
  cgroupMountsIn,
  findUserManager,
  RunScope,
  scopeArguments,
  unitOf,
} from '../../../src/main/core/engines/local/scope.ts';
import { runPaths } from '../../../src/main/core/runs/runFiles.ts';
import { program, ROOT, TestYard } from '../../helpers/core.ts';
import type { TestRunner } from '../../helpers/core.ts';
import { isGone, signalIdentity, until } from '../../helpers/process.ts';
import type { Identity } from '../../helpers/process.ts';
import { cannotRun, hazard } from '../../helpers/runner.ts';

const RUN = '7-2-0f8fad5b-d9cb-469f-a165-70867728950e';
const UNIT = `trainyard-${RUN}.scope`;
const STAND_IN = join(ROOT, 'tests/fixtures/systemd');
const V2 = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((place) => existsSync(join(place, 'cgroup.controllers')));

const manager = await findUserManager(process.env);
const inOwnManager = process.env['TRAINYARD_TEST_IN_MANAGER'] === '1';

/** Why no manager can be made here for the tests, or null. */
function whyNoManager(): string | null {
  if (process.getuid?.() !== 0) return 'no systemd user manager answers, and making one needs root';
  if (!existsSync('/lib/systemd/systemd') || spawnSync('systemd-run', ['--version']).status !== 0)
    return 'no systemd user manager answers, and systemd is not installed';
  if (V2 === undefined) return 'there is no cgroup v2 here';
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true']);
  return tried.status === 0 ? null : 'no systemd user manager answers, and no namespaces for one can be made';
}

function removeTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  rmdirSync(directory);
}

describe('what a scope is made from', () => {
  test('the place of a process in the v2 tree, on hybrid and on pure machines', () => {
    expect(cgroupIn('9:name=systemd:/\n8:pids:/a\n0::/user.slice/app.slice/run-1.scope\n')).toBe(
      '/user.slice/app.slice/run-1.scope',
    );
    expect(cgroupIn('0::/gone.scope (deleted)\n')).toBe('/gone.scope');
    expect(cgroupIn('4:memory:/a\n')).toBeNull();
    expect(cgroupIn('')).toBeNull();
    expect(
      cgroupMountsIn('cgroup /sys/fs/cgroup/pids cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n'),
    ).toEqual(['/sys/fs/cgroup/unified']);
  });

  test('the command line of systemd-run', () => {
    const answered = { program: '/usr/bin/systemd-run', options: ['--expand-environment=no'], slice: '/x' };
    expect(scopeArguments(answered, RUN, 1_500)).toEqual([
      '--user',
      '--scope',
      '--quiet',
      '--collect',
      `--unit=${UNIT}`,
      `--description=Trainyard run ${RUN}`,
      '--property=TimeoutStopSec=7',
      '--expand-environment=no',
      '--',
    ]);
  });

  test('is asked for only where a user manager has its socket', () => {
    expect(findUserManager({})).toBeNull();
    expect(findUserManager({ XDG_RUNTIME_DIR: '/nowhere', PATH: process.env['PATH'] })).toBeNull();
    expect(findUserManager({ XDG_RUNTIME_DIR: 'relative', PATH: process.env['PATH'] })).toBeNull();
  });

  test('scope.json is believed only when it names this very run’s scope', () => {
    const home = mkdtempSync(join(tmpdir(), 'trainyard-scope-'));
    try {
      const paths = runPaths(home, 7, RUN);
      mkdirSync(paths.directory, { recursive: true });
      const remembered = (record: unknown): RunScope | null => {
        writeFileSync(join(paths.directory, 'scope.json'), JSON.stringify(record));
        return RunScope.remembered(RUN, paths);
      };
      expect(RunScope.remembered(RUN, paths)).toBeNull();
      expect(remembered({ unit: UNIT, cgroup: `/sys/fs/cgroup/app.slice/${UNIT}` })?.unit).toBe(unitOf(RUN));
      for (const wrong of [
        null,
        'text',
        {},
        { unit: UNIT },
        { unit: 'session-1.scope', cgroup: '/sys/fs/cgroup/session-1.scope' },
        { unit: UNIT, cgroup: '/sys/fs/cgroup' },
        { unit: UNIT, cgroup: `app.slice/${UNIT}` },
        { unit: UNIT, cgroup: `/sys/../${UNIT}` },
      ])
        expect(remembered(wrong)).toBeNull();
      writeFileSync(join(paths.directory, 'scope.json'), '{"unit":');
      expect(RunScope.remembered(RUN, paths)).toBeNull();
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

/** A yard on a machine whose systemd-run is the stand-in. */
async function withStandIn(behaviour: string, act: (yard: TestYard) => Promise<void>): Promise<void> {
  const runtime = mkdtempSync(join(tmpdir(), 'trainyard-runtime-'));
  mkdirSync(join(runtime, 'systemd'));
  writeFileSync(join(runtime, 'systemd/private'), '');
  const before = { ...process.env };
  Object.assign(process.env, {
    XDG_RUNTIME_DIR: runtime,
    STANDIN_SYSTEMD: behaviour,
    PATH: `${STAND_IN}:${process.env['PATH']}`,
  });
  try {
    await using yard = new TestYard();
    await act(yard);
  } finally {
    for (const name of ['XDG_RUNTIME_DIR', 'STANDIN_SYSTEMD', 'PATH']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    rmSync(runtime, { recursive: true });
  }
}

async function endedWith3(yard: TestYard): Promise<string> {
  const job = await yard.submit(['sh', '-c', 'exit 3']);
  const ended = await yard.until(job.id, 'failed');
  expect(ended.outcome).toMatchObject({ kind: 'exited', code: 3 });
  return (await yard.job(job.id)).runDirectory ?? '';
}

describe.skipIf(V2 === undefined)('a run starts all the same', () => {
  test('when its scope cannot be made; nothing claims that it had one', async () => {
    await withStandIn('fails', async (yard) => {
      expect(existsSync(join(await endedWith3(yard), 'scope.json'))).toBe(false);
    });
  });

  test('when the manager never answers: after two seconds, and a cancel meanwhile is heard', async () => {
    await withStandIn('hangs', async (yard) => {
      const job = await yard.submit(program('tree.mjs'));
      await yard.until(job.id, 'pending');
      await yard.get('jobs.cancel', { jobId: job.id });
      await yard.expectCancelledAndGone(job.id);
      expect(yard.processes, 'it never started').toEqual([]);
      await endedWith3(yard);
    });
  });

  test('when the core ends before the manager has answered: the next core starts it', async () => {
    await withStandIn('hangs', async (yard) => {
      const job = await yard.submit(['sh', '-c', 'exit 3']);
      await yard.until(job.id, 'pending');
      await yard.close();
      yard.open();
      await yard.until(job.id, 'failed');
    });
  });

  test('when it is put somewhere else: then its cgroup proves nothing', async () => {
    await withStandIn('plain', async (yard) => {
      const job = await yard.submit(program('tree.mjs'));
      await until('a process', () => yard.processes.length === 1, yard.announced);
      await yard.get('jobs.cancel', { jobId: job.id });
      await yard.expectCancelledAndGone(job.id);
      expect((await yard.job(job.id)).receipt?.proofs.filter((proof) => proof.includes('Cgroup'))).toEqual([]);
    });
  });

  test('with the options that an older systemd takes', async () => {
    await withStandIn('old', async (yard) => {
      expect(await findUserManager(process.env)).toMatchObject({ options: [] });
      await endedWith3(yard);
    });
    await withStandIn('plain', async () => {
      const answered = await findUserManager(process.env);
      expect(answered?.options).toEqual(['--expand-environment=no', '--property=OOMPolicy=continue']);
      expect(answered?.program).toBe(join(STAND_IN, 'systemd-run'));
    });
  });
});

describe.skipIf(manager !== null || inOwnManager)('without a user manager on this machine', () => {
  test('the tests below run beside one of their own', (context) => {
    const why = whyNoManager();
    if (why !== null) {
      console.warn(`tests with a real systemd scope skipped: ${why}`);
      context.skip(why);
    }
    const name = `trainyard-manager-${process.pid}`;
    const command = [
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      'run',
      'tests/integration/engine/scope.test.ts',
    ];
    const isolation = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const ended = spawnSync(
      'unshare',
      [...isolation, 'sh', join(STAND_IN, 'with-user-manager.sh'), name, ...command, '-t', 'a real scope'],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, TRAINYARD_TEST_IN_MANAGER: '1', NO_COLOR: '1' } },
    );
    try {
      expect(ended.stdout + ended.stderr).toMatch(/Tests +\d+ passed/);
      expect(ended.status, ended.stdout + ended.stderr).toBe(0);
    } finally {
      removeTree(join(V2 ?? '', name));
    }
  }, 120_000);
});

/** Where the runner of a job is. */
async function runnerOf(
  yard: TestYard,
  id: number,
): Promise<Identity & { readonly cgroup: string; readonly unit: string }> {
  const { runDirectory } = await yard.job(id);
  const read = (name: string): Record<string, string | number> =>
    JSON.parse(readFileSync(join(runDirectory ?? '', name), 'utf8')) as Record<string, string | number>;
  const identity = read('identity.json');
  const { cgroup, unit } = read('scope.json');
  const pid = Number(identity['runner_pid']);
  return { pid, start: String(identity['runner_start']), cgroup: String(cgroup), unit: String(unit) };
}

/** A daemon that has left the tree, the session and its environment. */
function daemon(yard: TestYard): string {
  const words = ['setsid', '--fork', 'env', '-i', `ANNOUNCE=${yard.announced}`, ...program('orphan.mjs')];
  return words.join(' ');
}

async function proofsOf(yard: TestYard, id: number): Promise<readonly string[]> {
  return (await yard.job(id)).receipt?.proofs ?? [];
}

describe.skipIf(manager === null)('a real scope', () => {
  const RUNNERS: readonly TestRunner[] = ['native', 'portable'];

  test.each(RUNNERS)('holds the run and its %s runner, and is empty at the end', async (kind) => {
    await using yard = new TestYard(kind);
    const job = await yard.submit(program('tree.mjs', '--levels', '3', '--own-session'));
    await until('3 processes', () => yard.processes.length === 3, yard.announced);
    const runner = await runnerOf(yard, job.id);
    expect(runner.unit).toMatch(/^trainyard-1-1-[0-9a-f-]{36}\.scope$/);
    const inside = readFileSync(join(runner.cgroup, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number);
    expect(inside.sort()).toEqual([runner.pid, ...yard.processes.map(({ pid }) => pid)].sort());
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    expect(await proofsOf(yard, job.id)).toContain('Cgroup of the run: empty');
    await until('the scope is collected', () => !existsSync(runner.cgroup));
  });

  test.each(RUNNERS)('finds what left everything else behind when the %s runner was killed', async (kind) => {
    await using yard = new TestYard(kind);
    const script = `${daemon(yard)}; exec ${program('tree.mjs', '--levels', '2').join(' ')}`;
    const job = await yard.submit(['sh', '-c', script], { graceSeconds: 0.5 });
    await until('3 processes', () => yard.processes.length === 3, yard.announced);
    const runner = await runnerOf(yard, job.id);
    signalIdentity(runner, 'SIGKILL');
    await yard.until(job.id, 'failed');
    expect(yard.processes.filter((each) => !isGone(each))).toEqual([]);
  });

  test('closes the hole of the portable runner: a daemon it has never seen ends with the run', async () => {
    await using yard = new TestYard('portable');
    const job = await yard.submit(['sh', '-c', `${daemon(yard)}; while [ ! -e ${yard.home}/go ]; do sleep 0.02; done`]);
    await until('the daemon', () => yard.processes.length === 1, yard.announced);
    writeFileSync(join(yard.home, 'go'), '');
    await yard.until(job.id, 'completed');
    expect(yard.processes.every(isGone)).toBe(true);
  });

  test('a process whose main thread has exited ends too, which cgroup.kill alone does not do', async (context) => {
    if (cannotRun !== null) context.skip(cannotRun);
    const deadleader = hazard('deadleader');
    await using yard = new TestYard();
    const job = await yard.submit([deadleader, yard.announced, 'child'], { graceSeconds: 0.3 });
    await until('the leader is dead', () => existsSync(join(yard.announced, 'ready')), yard.announced);
    const runner = await runnerOf(yard, job.id);
    signalIdentity(runner, 'SIGKILL');
    await yard.until(job.id, 'failed');
    expect(yard.processes).toHaveLength(2);
    expect(yard.processes.every(isGone)).toBe(true);
  });

  test('is still known to a core that adopts the run', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await until('a process', () => yard.processes.length === 1, yard.announced);
    await yard.close();
    yard.open();
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    expect(await proofsOf(yard, job.id)).toContain('Cgroup of the run: empty');
  });

  test('leaves the command and the exit code as they are', async () => {
    await using yard = new TestYard();
    const job = await yard.submit([
      'sh',
      '-c',
      'printf "%s\\n" "$@"; exit 42',
      'sh',
      '$HOME',
      '${PATH}',
      '%n',
      '$$',
      'a b',
    ]);
    expect((await yard.until(job.id, 'failed')).outcome).toMatchObject({ kind: 'exited', code: 42 });
    const { text } = await yard.get('log.read', { jobId: job.id });
    expect(text).toBe('$HOME\n${PATH}\n%n\n$$\na b\n');
  });

  test('is done without when the job’s own environment hides the manager', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(['sh', '-c', 'exit 3'], { env: { XDG_RUNTIME_DIR: '/nowhere' } });
    expect((await yard.until(job.id, 'failed')).outcome).toMatchObject({ kind: 'exited', code: 3 });
    expect(existsSync(join((await yard.job(job.id)).runDirectory ?? '', 'scope.json'))).toBe(false);
  });
});
