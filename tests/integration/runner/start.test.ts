import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStat } from '../../helpers/process.ts';
import { cannotRun, hazard, startRun, VARIANTS } from '../../helpers/runner.ts';

describe.skipIf(cannotRun !== null).each(VARIANTS)('runner (%s): start and outcome', (variant) => {
  test('an exit code is told as it was', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', 'exit 42'], { variant });
    expect(await run.end()).toMatchObject({
      code: 42,
      signal: null,
      core_dumped: false,
      start_error: null,
      never_started: false,
      stopped: false,
    });
  });

  test('exit code 143 is not mistaken for SIGTERM', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', 'exit 143'], { variant });
    expect(await run.end()).toMatchObject({ code: 143, signal: null });
  });

  test('an end by a signal is told by its name, also when the shell would say 128 + n', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', 'kill -KILL $$'], { variant });
    expect(await run.end()).toMatchObject({ code: null, signal: 'SIGKILL', core_dumped: false });
  });

  test('core_dumped is true exactly when there is a core', async ({ skip }) => {
    if (readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() !== 'core')
      skip('core_pattern is not the plain one');
    await using run = startRun(() => ['/bin/sh', '-c', 'ulimit -c unlimited; kill -SEGV $$'], { variant });
    const cwd = join(run.directory, '..');
    const record = await run.end();
    expect(record).toMatchObject({
      code: null,
      signal: 'SIGSEGV',
      core_dumped: readdirSync(cwd).some((name) => name.startsWith('core')),
    });
  });

  test('time and memory are those of the whole run', async () => {
    await using run = startRun(
      () => ['/bin/sh', '-c', 'sh -c "i=0; while [ \\$i -lt 60000 ]; do i=\\$((i+1)); done"; sleep 0.2'],
      { variant },
    );
    const record = await run.end();
    expect(record.wall_ms).toBeGreaterThanOrEqual(200);
    expect(record.user_cpu_ms).toBeGreaterThan(0);
    expect(record.max_rss_kib).toBeGreaterThan(0);
    expect(record.ended_at - (record.started_at ?? 0)).toBeGreaterThanOrEqual(200);
  });

  test.for([
    ['a program that does not exist', () => ['/nonexistent/train'], 'exec', 'ENOENT'],
    ['a name that is not on the path', () => ['no-such-trainer-program'], 'exec', 'ENOENT'],
    ['a file that is not executable', () => ['/etc/passwd'], 'exec', 'EACCES'],
    ['a directory', () => ['/usr'], 'exec', 'EACCES'],
    ['an empty name', () => [''], 'exec', 'ENOENT'],
  ] as const)('%s is a start error with its errno, not exit code 127', async ([, command, stage, code]) => {
    await using run = startRun(command, { variant });
    const record = await run.end();
    expect(record).toMatchObject({
      code: null,
      signal: null,
      never_started: true,
      started_at: null,
      start_error: { stage, code },
    });
    expect(run.journal().map(({ event }) => event)).not.toContain('main-exit');
  });

  test('a program that ends with 127 by itself is no start error', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', 'exit 127'], { variant });
    expect(await run.end()).toMatchObject({ code: 127, start_error: null });
  });

  test('a working folder that is gone is told as that, not as a missing program', async () => {
    await using run = startRun(() => ['/bin/true'], { variant, cwd: '/nonexistent/folder' });
    expect((await run.end()).start_error).toMatchObject({
      stage: 'chdir',
      code: 'ENOENT',
      errno: 2,
      message: 'No such file or directory',
    });
  });

  test('a log that cannot be opened is a start error; nothing is started', async () => {
    await using run = startRun(
      (dir, runDirectory) => {
        mkdirSync(join(runDirectory, 'output.log'));
        return [hazard('tree'), dir, '0', '0', 'default'];
      },
      { variant },
    );
    expect((await run.end()).start_error).toMatchObject({ stage: 'log', code: 'EISDIR' });
    expect(existsSync(run.hazardPath('ready'))).toBe(false);
  });

  test('a script without a first line runs with sh, as in a shell', async () => {
    await using run = startRun(
      (dir) => {
        writeFileSync(join(dir, 'script'), 'echo "$1"; exit 5\n');
        chmodSync(join(dir, 'script'), 0o755);
        return [join(dir, 'script'), 'hello there'];
      },
      { variant },
    );
    expect(await run.end()).toMatchObject({ code: 5 });
    expect(run.log()).toBe('hello there\n');
  });

  test('the trainer sees a clean world, with its identity on disk before its first instruction', async () => {
    await using run = startRun((dir, runDirectory) => [hazard('inspect'), dir, runDirectory], {
      variant,
      through: [hazard('dirtyparent')],
      cwd: '/usr',
    });
    const before = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
    expect(await run.end()).toMatchObject({ code: 0 });
    const seen = JSON.parse(readFileSync(run.hazardPath('inspect.json'), 'utf8')) as Record<string, unknown>;
    const identity = await run.identity();
    expect(seen['identity']).toEqual(identity);
    expect(seen).toMatchObject({
      pid: identity.main_pid,
      ppid: identity.runner_pid,
      sid: identity.main_pid,
      pgrp: identity.main_pid,
      fds: { 0: '/dev/null', 1: run.path('output.log'), 2: run.path('output.log') },
      SigBlk: '0000000000000000',
      SigIgn: '0000000000000000',
      SigCgt: '0000000000000000',
      oom_score_adj: Math.min(1000, before + 500),
      cwd: '/usr',
    });
    expect(Object.keys(seen['fds'] as object)).toEqual(['0', '1', '2']);
    expect(statSync(run.path('output.log')).mode & 0o777).toBe(0o600);
  });

  test('a parent that ignores SIGCHLD does not cost the exit code', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', '/bin/true; exit 9'], {
      variant,
      through: [hazard('dirtyparent')],
    });
    expect(await run.end()).toMatchObject({ code: 9 });
  });

  test('identity.json names the runner and main as the kernel does', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '0', '0', 'default'], { variant });
    await run.ready();
    const identity = await run.identity();
    expect(identity).toMatchObject({
      run: 'test-run',
      runner: 'native',
      pid_namespace: expect.stringMatching(/^pid:\[\d+\]$/),
    });
    expect(readStat(identity.runner_pid)).toMatchObject({ start: identity.runner_start, session: identity.runner_pid });
    expect(readStat(identity.main_pid)).toMatchObject({
      start: identity.main_start,
      parent: identity.runner_pid,
      session: identity.main_pid,
    });
    expect(readFileSync(`/proc/${identity.runner_pid}/oom_score_adj`, 'utf8')).toBe(
      readFileSync('/proc/self/oom_score_adj', 'utf8'),
    );
    run.ask('stop 2000');
    await run.end();
  });

  test('while the trainer runs and prints, the runner uses no time and little memory', async ({ skip }) => {
    if (variant === 'sanitized') skip('memory is counted for the plain build');
    await using run = startRun(
      () => ['/bin/sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done; echo done; sleep 1000'],
      { variant },
    );
    const identity = await run.identity();
    await expect.poll(() => run.log().endsWith('done\n'), { timeout: 10_000, interval: 20 }).toBe(true);
    const switches = /^voluntary_ctxt_switches:\t(\d+)/m.exec(
      readFileSync(`/proc/${identity.runner_pid}/status`, 'utf8'),
    )?.[1];
    expect(Number(switches)).toBeLessThan(60);
    expect(readStat(identity.runner_pid)?.ticks).toBeLessThanOrEqual(2);
    run.ask('force');
    await run.end();
  });

  test('exit.json is whole and the only new file; nothing temporary is left', async () => {
    await using run = startRun(() => ['/bin/true'], { variant });
    await run.end();
    expect(readdirSync(run.directory).toSorted()).toEqual([
      'control',
      'exit.json',
      'identity.json',
      'journal.jsonl',
      'output.log',
    ]);
  });

  test('a directory that already had a run is refused, and its record stays', async () => {
    await using first = startRun(() => ['/bin/sh', '-c', 'exit 3'], { variant });
    await first.end();
    await using second = startRun(() => ['/bin/true'], { variant, runDirectory: first.directory });
    expect(await second.runnerExit).toBe(125);
    expect(readFileSync(first.path('runner.err'), 'utf8')).toContain('already had');
    expect(JSON.parse(readFileSync(first.path('exit.json'), 'utf8'))).toMatchObject({ code: 3 });
  });

  test('two runners at once in one directory: one run, never two', async () => {
    await using first = startRun((dir) => [hazard('tree'), dir, '0', '0', 'default'], { variant });
    await first.ready();
    await using second = startRun(() => ['/bin/true'], { variant, runDirectory: first.directory });
    expect(await second.runnerExit).toBe(125);
    first.ask('stop 2000');
    expect(await first.end()).toMatchObject({ signal: 'SIGTERM', stopped: true });
  });

  test('a directory that is missing is 125 and starts nothing', async () => {
    await using run = startRun(
      (dir, runDirectory) => {
        rmSync(runDirectory, { recursive: true });
        return [hazard('tree'), dir, '0', '0', 'default'];
      },
      { variant },
    );
    expect(await run.runnerExit).toBe(125);
    expect(existsSync(run.hazardPath('ready'))).toBe(false);
  });

  test('a run id with quotes and control characters is valid JSON', async () => {
    await using run = startRun(() => ['/bin/true'], { variant, through: [hazard('withrun'), 'a"b\\c\n\u0007é'] });
    await run.end();
    expect(JSON.parse(readFileSync(run.path('exit.json'), 'utf8'))).toMatchObject({ run: 'a"b\\c\n\u0007é' });
  });
});
