import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitRecordSchema, identityRecordSchema } from '../../src/main/core/domain/runnerRecords.ts';
import { allProcesses, statOf } from '../../src/main/core/processes/processTable.ts';
import { allByPs, parsePs, statByPs } from '../../src/main/core/processes/psTable.ts';
import { announcedIn, isGone, readStat, signalIdentity, until, untilFile, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { cannotRun, hazard } from '../helpers/runner.ts';
import { newRunId, PortableRun } from './portableRun.ts';
import type { Command } from './portableRun.ts';

const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const sh = (script: (folder: string) => string): Command => {
  return (folder) => ['/bin/sh', '-c', script(folder)];
};

describe('portable runner: start and end', () => {
  test('tells the exit code, writes the output straight to the log, and keeps to the record shapes', async () => {
    await using run = new PortableRun(sh(() => 'echo out; echo err >&2; exit 3'));
    const record = await run.end();
    expect(exitRecordSchema.parse(record)).toMatchObject({
      code: 3,
      signal: null,
      never_started: false,
      start_error: null,
      user_cpu_ms: null,
      system_cpu_ms: null,
      max_rss_kib: null,
      stopped: false,
      leftovers: 0,
      members_seen: 1,
      kill_rounds: 0,
    });
    expect(identityRecordSchema.parse(await run.identity())).toMatchObject({
      run: run.run,
      runner: 'portable',
      boot_id: 'a-boot',
    });
    expect(run.events()).toEqual(['started', 'main-exit', 'empty', 'exit']);
    expect(run.log()).toBe('out\nerr\n');
    expect(await run.processExit).toBe(0);
  });

  test('tells the signal main ended by', async () => {
    await using run = new PortableRun(sh(() => 'kill -SEGV $$'));
    expect(await run.end()).toMatchObject({ code: null, signal: 'SIGSEGV', stopped: false });
  });

  test('main leads a session of its own, in its folder, with nothing on stdin', async () => {
    const script = (folder: string): string =>
      `cut -d" " -f1,5,6 /proc/$$/stat > ${folder}/ids; readlink /proc/$$/fd/0 /proc/$$/fd/1; pwd`;
    await using run = new PortableRun(sh(script), { cwd: '/' });
    await run.end();
    const pid = String((await run.identity()).main_pid);
    expect(readFileSync(run.announced('ids'), 'utf8').trim().split(' ')).toEqual([pid, pid, pid]);
    expect(run.log()).toBe(`/dev/null\n${run.path('output.log')}\n/\n`);
  });

  test('keeps from the trainer what is meant for the runner alone', async () => {
    const env = {
      TRAINYARD_RUNNER_ONLY: 'FOR_RUNNER,OTHER_FOR_RUNNER',
      FOR_RUNNER: '1',
      OTHER_FOR_RUNNER: '1',
      FOR_BOTH: '1',
    };
    await using run = new PortableRun(() => ['/usr/bin/env'], { env });
    await run.end();
    const names = run
      .log()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toContain('FOR_BOTH');
    expect(names).toContain('TRAINYARD_RUN');
    for (const name of ['TRAINYARD_RUNNER_ONLY', 'FOR_RUNNER', 'OTHER_FOR_RUNNER']) expect(names).not.toContain(name);
  });

  test('refuses a directory that a run already had, and a command line that is not whole', async () => {
    await using second = new PortableRun(() => ['/bin/true'], {
      prepare: (directory) => writeFileSync(join(directory, 'exit.json'), '{}'),
    });
    expect(await second.processExit).toBe(125);
    expect(readFileSync(second.path('runner.err'), 'utf8')).toBe('a run already had this directory\n');
    await using wrong = new PortableRun(() => ['/bin/true'], { signal: 999 });
    expect(await wrong.processExit).toBe(125);
    expect(readFileSync(wrong.path('runner.err'), 'utf8')).toMatch(/^--signal is not/);
  });

  test('outlives the process that started it, and so does the run', async () => {
    const command = sh((folder) => `: > ${folder}/ready; while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 42`);
    await using run = new PortableRun(command, { throughParent: true });
    await run.ready();
    const parent = await until('the parent', () => readStat(run.process.pid ?? 0));
    signalIdentity(parent, 'SIGKILL');
    await run.processExit;
    writeFileSync(run.announced('go'), '');
    expect(await run.end()).toMatchObject({ code: 42, stopped: false });
  });
});

describe('portable runner: what cannot be started', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trainyard-programs-'));
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'real'));
    writeFileSync(join(folder, 'not-executable'), '#!/bin/sh\n', { mode: 0o644 });
    writeFileSync(join(folder, 'no-interpreter'), '#!/no/such/interpreter\n', { mode: 0o755 });
    writeFileSync(join(folder, 'real', 'greet'), '#!/bin/sh\necho found $1\n', { mode: 0o755 });
    // Root may do what the mode forbids, but not run what has no x at all.
    chmodSync(join(folder, 'not-executable'), 0o644);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.for([
    ['exec', 'ENOENT', 2, 'a program that is nowhere', () => ({ command: ['no-such-program-anywhere'] })],
    ['exec', 'ENOENT', 2, 'a path that is not there', () => ({ command: ['/no/such/program'] })],
    ['exec', 'ENOENT', 2, 'an empty name', () => ({ command: [''] })],
    [
      'exec',
      'ENOENT',
      2,
      'a script whose interpreter is not there',
      () => ({ command: [join(folder, 'no-interpreter')] }),
    ],
    ['exec', 'EACCES', 13, 'a file that is not executable', () => ({ command: [join(folder, 'not-executable')] })],
    ['exec', 'EACCES', 13, 'one found in PATH', () => ({ command: ['not-executable'], env: { PATH: folder } })],
    ['exec', 'EACCES', 13, 'a folder', () => ({ command: [folder] })],
    ['exec', 'ENOTDIR', 20, 'a path through a file', () => ({ command: [join(folder, 'not-executable', 'x')] })],
    [
      'chdir',
      'ENOENT',
      2,
      'a working folder that is not there',
      () => ({ command: ['/bin/true'], cwd: '/no/such/folder' }),
    ],
    [
      'chdir',
      'ENOTDIR',
      20,
      'a working folder that is a file',
      () => ({ command: ['/bin/true'], cwd: join(folder, 'not-executable') }),
    ],
    [
      'log',
      'EISDIR',
      21,
      'a log that cannot be opened',
      () => ({ command: ['/bin/true'], prepare: (at: string) => mkdirSync(join(at, 'output.log')) }),
    ],
  ] as const)('%s %s: %s %s', async ([stage, code, errno, , make]) => {
    const { command, ...options } = make();
    await using run = new PortableRun(() => command, options);
    const record = exitRecordSchema.parse(await run.end());
    expect(record).toMatchObject({
      never_started: true,
      code: null,
      signal: null,
      started_at: null,
      main_exited_at: null,
    });
    expect(record.start_error).toMatchObject({ stage, code, errno });
    expect(record.start_error?.message).toMatch(/^[A-Z]/);
    expect(run.events()).toEqual(['exit']);
    expect(await run.processExit).toBe(0);
  });

  test('finds a program through PATH as execvp does, also by a place that is relative to the working folder', async () => {
    const options = {
      cwd: folder,
      env: { PATH: `/no/such/place:${join(folder, 'empty')}:real:${process.env['PATH'] ?? ''}` },
    };
    await using run = new PortableRun(() => ['greet', 'it'], options);
    expect(await run.end()).toMatchObject({ code: 0, start_error: null });
    expect(run.log()).toBe('found it\n');
  });
});

describe('portable runner: requests', () => {
  const patient = sh((folder) => `trap '' TERM; : > ${folder}/ready; while :; do sleep 0.02; done`);

  test('a stop before the start: the trainer never starts', async () => {
    await using run = new PortableRun(
      sh((folder) => `: > ${folder}/ready`),
      { control: 'stop 5000\n' },
    );
    expect(exitRecordSchema.parse(await run.end())).toMatchObject({
      never_started: true,
      stopped: true,
      started_at: null,
      start_error: null,
    });
    expect(run.events()).toEqual(['stop', 'empty', 'exit']);
    expect(existsSync(run.announced('ready'))).toBe(false);
  });

  test('a stop is not a stop before its newline is there', async () => {
    await using run = new PortableRun(
      sh((folder) => `: > ${folder}/ready; while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 7`),
      {
        control: 'nonsense\nstop x\nstop 50',
      },
    );
    await run.ready();
    appendFileSync(run.path('control'), '00\nextend');
    expect(await run.untilEvent('stop')).toMatchObject({ grace_ms: 5000 });
    expect(await run.end()).toMatchObject({ signal: 'SIGTERM', stopped: true });
    expect(run.events()).not.toContain('extended');
  });

  test('the job’s own stop signal is the one that is sent, and a second stop changes nothing', async () => {
    const command = sh(
      (folder) =>
        `trap ': > ${folder}/told; while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 4' INT; : > ${folder}/ready; while :; do sleep 0.02; done`,
    );
    await using run = new PortableRun(command, { signal: 2 });
    await run.ready();
    run.ask('stop 30000');
    await untilFile(run.announced('told'));
    run.ask('stop 0');
    run.ask('extend 1000');
    await run.untilEvent('extended');
    writeFileSync(run.announced('go'), '');
    expect(await run.end()).toMatchObject({ code: 4, stopped: true, kill_rounds: 0 });
    expect(run.events().filter((event) => event === 'stop')).toHaveLength(1);
    expect(run.journal().find(({ event }) => event === 'signal')).toMatchObject({ signal: 'SIGINT', to: 'main' });
  });

  test('force without a stop is both in one', async () => {
    await using run = new PortableRun(patient);
    await run.ready();
    run.ask('force');
    expect(await run.end()).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
    expect(run.journal().find(({ event }) => event === 'stop')).toMatchObject({ grace_ms: 0 });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'force' });
    expect(run.events()).toContain('stop');
  });

  test('extend moves the deadline; force after a stop does not wait for it', async () => {
    await using run = new PortableRun(patient);
    await run.ready();
    run.ask('stop 20000');
    const stop = await run.untilEvent('stop');
    run.ask('extend 60000');
    const extended = await run.untilEvent('extended');
    expect(Math.abs((extended.deadline_at ?? 0) - (stop.deadline_at ?? 0) - 60_000)).toBeLessThan(100);
    expect(run.events()).not.toContain('killing');
    run.ask('force');
    const record = await run.end();
    expect(record).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
    expect(record.ended_at).toBeLessThan(extended.deadline_at ?? 0);
  });

  test('signals to the runner: the first is a stop, SIGHUP never forces, a second SIGTERM does', async () => {
    await using run = new PortableRun(patient, { graceMs: 60_000 });
    await run.ready();
    const runner = await run.runner();
    signalIdentity(runner, 'SIGTERM');
    expect(await run.untilEvent('stop')).toMatchObject({ grace_ms: 60_000 });
    signalIdentity(runner, 'SIGHUP');
    // An answered request says that what came before it was handled.
    run.ask('extend 1');
    await run.untilEvent('extended');
    expect(run.events()).not.toContain('killing');
    signalIdentity(runner, 'SIGINT');
    expect(await run.end()).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
  });
});

describe.skipIf(cannotRun !== null)('portable runner: the whole run ends', () => {
  test('a co-operative tree ends by the stop signal alone, level by level', async () => {
    await using run = new PortableRun((folder) => [hazard('tree'), folder, '3', '2', 'default']);
    await run.ready();
    run.ask('stop 20000');
    expect(await run.end()).toMatchObject({
      signal: 'SIGTERM',
      stopped: true,
      forced: false,
      kill_rounds: 0,
      members_seen: 13,
    });
    const signals = run.journal().filter(({ event }) => event === 'signal');
    expect(signals.map(({ to, sent }) => [to, sent])).toEqual([
      ['main', 1],
      ['orphans', 3],
      ['orphans', 9],
    ]);
  });

  test('what ignores SIGTERM is killed at the deadline, three levels of children and all', async () => {
    await using run = new PortableRun((folder) => [hazard('tree'), folder, '2', '3', 'ignore']);
    await run.ready();
    run.ask('stop 600');
    const stop = await run.untilEvent('stop');
    const record = await run.end();
    expect(record).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: false, members_seen: 15 });
    expect(record.ended_at).toBeGreaterThanOrEqual(stop.deadline_at ?? Number.NaN);
    expect(run.journal().find(({ to }) => to === 'rest')).toMatchObject({ sent: 14, signal: 'SIGTERM' });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'deadline' });
    expect(
      run
        .journal()
        .filter(({ to }) => to === 'all')
        .reduce((sum, { sent }) => sum + (sent ?? 0), 0),
    ).toBe(15);
  });

  test('children in sessions of their own end too', async () => {
    await using run = new PortableRun((folder) => [hazard('own_sessions'), folder]);
    await run.ready();
    run.ask('stop 20000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0, members_seen: 5 });
  });

  test('a main that was stopped with SIGSTOP hears the stop', async () => {
    await using run = new PortableRun((folder) => [hazard('stopped'), folder]);
    await run.ready();
    run.ask('stop 20000');
    expect(await run.end()).toMatchObject({ code: 0, stopped: true });
  });

  test.for([
    ['directly', (folder: string) => [PYTHON, hazard('checkpoint.py'), folder]],
    ['under a shell', (folder: string) => ['/bin/sh', '-c', `${PYTHON} ${hazard('checkpoint.py')} ${folder}; true`]],
    [
      'under two shells',
      (folder: string) => ['/bin/sh', '-c', `sh -c '${PYTHON} ${hazard('checkpoint.py')} ${folder}; true'; true`],
    ],
  ] as const)('a trainer that saves while its workers live keeps its checkpoint: %s', async ([, command]) => {
    await using run = new PortableRun(command);
    await run.ready();
    run.ask('stop 20000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0 });
    expect(readFileSync(run.announced('checkpoint'), 'utf8')).toBe('saved');
  });

  test('what main leaves behind is asked, then killed', async () => {
    await using run = new PortableRun((folder) => [hazard('rootgone'), folder], { killAfterExitMs: 400 });
    expect(await run.end()).toMatchObject({ code: 3, stopped: false, forced: false, leftovers: 4, members_seen: 5 });
    expect(run.journal().find(({ event }) => event === 'leftovers')).toMatchObject({ count: 4 });
    expect(run.journal().find(({ event }) => event === 'signal')).toMatchObject({
      to: 'orphans',
      sent: 4,
      signal: 'SIGTERM',
    });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'leftovers' });
    expect(run.journal().find(({ to }) => to === 'all')).toMatchObject({ sent: 2, signal: 'SIGKILL' });
  });

  test('a daemon that was never seen in the tree is found by the tag it kept', async () => {
    await using run = new PortableRun(afterGo((folder) => `${hazard('daemon')} ${folder} ignore`));
    await unseen(run, () => untilFile(run.announced('daemon')));
    expect(announcedIn(run.folder)).toHaveLength(2);
    run.ask('stop 400');
    expect(await run.end()).toMatchObject({ stopped: true });
  });

  test('a process that was seen is remembered when it leaves the tree and wipes its environment', async () => {
    const worker = (folder: string): string =>
      `trap "" TERM; ${announce(folder, 'worker')}; : > ${folder}/ready; ${waitFor(folder, 'go')}; exec setsid env -i /bin/sh -c ": > ${folder}/wiped; exec /bin/sleep 1000"`;
    const script = (folder: string): string => `
      trap '${waitFor(folder, 'wiped')}; exit 0' TERM
      ( sh -c '${worker(folder)}' & ${waitFor(folder, 'go')} ) &
      while :; do sleep 0.02; done`;
    await using run = new PortableRun(sh(script));
    await run.ready();
    run.ask('stop 1500');
    // The first signal says that the members were looked at.
    await run.untilEvent('signal');
    writeFileSync(run.announced('go'), '');
    expect(await run.end()).toMatchObject({ code: 0, stopped: true });
    expect(announcedIn(run.folder)).toHaveLength(1);
  });

  test('the known hole: a daemon that leaves the tree with an empty environment before it was ever seen escapes', async () => {
    await using run = new PortableRun(afterGo((folder) => `${hazard('daemon')} ${folder} noenv`));
    await unseen(run, () => untilFile(run.announced('daemon')));
    run.ask('stop 3000');
    const record = JSON.parse(await untilFile(run.path('exit.json'))) as unknown;
    expect(record).toMatchObject({ stopped: true, kill_rounds: 0 });
    const escaped = run.survivors();
    try {
      // The native runner, as child subreaper, ends it. If this fails, the promise can be made stronger.
      expect(escaped).toHaveLength(1);
    } finally {
      for (const identity of escaped) signalIdentity(identity, 'SIGKILL');
      await untilGone(escaped);
    }
  });

  test('what carries the tag but was there before the run is left alone, and so is another run', async () => {
    const run = newRunId();
    const before = spawn('/bin/sleep', ['1000'], { stdio: 'ignore', env: { ...process.env, TRAINYARD_RUN: run } });
    try {
      const older = await until('the older process', () => readStat(before.pid ?? 0));
      // Times are ticks: the run must begin in a later one.
      await until(
        'a later tick',
        () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100 > Number(older.start) + 2,
      );
      await using other = new PortableRun((folder) => [hazard('tree'), folder, '2', '1', 'default']);
      await other.ready();
      await using stopped = new PortableRun((folder) => [hazard('tree'), folder, '2', '1', 'ignore'], { run });
      await stopped.ready();
      stopped.ask('force');
      expect(JSON.parse(await untilFile(stopped.path('exit.json')))).toMatchObject({ stopped: true, members_seen: 3 });
      expect(isGone(older)).toBe(false);
      expect(other.survivors()).toHaveLength(3);
    } finally {
      before.kill('SIGKILL');
    }
  });
});

describe('process table by ps(1)', () => {
  test('reads the lines of macOS', () => {
    const text = [
      '    1     0     1 Ss   Thu Nov 20 08:01:02 2025    ',
      ' 4100  4000  4100 U+   Wed Nov  5 23:59:59 2025',
      '  502  4100  4100 Z    Wed Nov  5 23:59:59 2025',
      'ps: something is not right',
      '',
    ].join('\n');
    expect(parsePs(text)).toEqual([
      { pid: 1, parent: 0, group: 1, session: 1, state: 'S', threads: 1, start: 'Thu Nov 20 08:01:02 2025' },
      {
        pid: 4100,
        parent: 4000,
        group: 4100,
        session: 4100,
        state: 'U',
        threads: 1,
        start: 'Wed Nov  5 23:59:59 2025',
      },
      { pid: 502, parent: 4100, group: 4100, session: 4100, state: 'Z', threads: 1, start: 'Wed Nov  5 23:59:59 2025' },
    ]);
  });

  test.skipIf(!existsSync('/bin/ps') || !existsSync('/proc/self/stat'))('agrees with /proc about this process', () => {
    const own = statOf(process.pid);
    const { pid, parent, group } = allByPs().find((stat) => stat.pid === process.pid) ?? {};
    expect({ pid, parent, group }).toEqual({ pid: own?.pid, parent: own?.parent, group: own?.group });
    expect(statByPs(process.pid)?.start).toBe(allByPs().find((stat) => stat.pid === process.pid)?.start);
    expect(statByPs(0x3f_ff_ff)).toBeNull();
    expect(allProcesses().length).toBeGreaterThan(1);
  });
});

/** A main that starts something in the background when the test says so, and lives on. */
function afterGo(command: (folder: string) => string): Command {
  return sh((folder) => `: > ${folder}/up; ${waitFor(folder, 'go')}; ${command(folder)}`);
}

/** Lets something happen while the runner does not look: it is held meanwhile, so that no chance decides. */
async function unseen(run: PortableRun, happened: () => Promise<unknown>): Promise<void> {
  await untilFile(run.announced('up'));
  await run.untilEvent('started');
  const runner: Identity = await run.runner();
  signalIdentity(runner, 'SIGSTOP');
  await until('the runner held', () => readStat(runner.pid)?.state === 'T');
  writeFileSync(run.announced('go'), '');
  await happened();
  signalIdentity(runner, 'SIGCONT');
}

function waitFor(folder: string, name: string): string {
  return `while [ ! -e ${folder}/${name} ]; do sleep 0.02; done`;
}

/** Has a shell write who it is, in the way of the hazard programs. */
function announce(folder: string, name: string): string {
  return `echo "$$ $(cut -d" " -f22 /proc/$$/stat)" > ${folder}/${name}.pid`;
}
