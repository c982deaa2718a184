import { existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { announcedIn, isGone, readStat, until } from '../../helpers/process.ts';
import { cannotRun, hazard, startRun, VARIANTS } from '../../helpers/runner.ts';

const namespaces = ((): string | null => {
  const tried = spawnSync('unshare', ['-p', '-f', '--mount-proc', '--kill-child', 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `no pid namespace can be made here: ${tried.stderr ?? tried.error?.message}`;
})();
if (namespaces !== null) console.warn(`storms skipped: ${namespaces}`);

describe.skipIf(cannotRun !== null).each(VARIANTS)('runner (%s): nothing survives', (variant) => {
  test('children in sessions of their own', async () => {
    await using run = startRun((dir) => [hazard('own_sessions'), dir], { variant });
    await run.ready();
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0, reaped: 5 });
  });

  test.for([
    ['a daemon (double fork, setsid)', []],
    ['a daemon that ignores the stop signals', ['ignore']],
    ['a daemon with an empty environment', ['noenv']],
    ['a daemon that wrote over its title and environment', ['title', 'ignore']],
  ] as const)('%s', async ([, how]) => {
    await using run = startRun((dir) => [hazard('daemon'), dir, ...how], { variant });
    await run.ready();
    expect(announcedIn(run.hazardDirectory)).toHaveLength(2);
    run.ask('stop 300');
    expect(await run.end()).toMatchObject({ stopped: true, signal: 'SIGTERM' });
    expect(announcedIn(run.hazardDirectory).every(isGone)).toBe(true);
  });

  test('a stopped tree hears the stop signal, and is not killed for being stopped', async () => {
    await using run = startRun((dir) => [hazard('stopped'), dir], { variant });
    await run.ready();
    const { main_pid: main } = await run.identity();
    await until('main stopped', () => readStat(main)?.state === 'T');
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ code: 0, stopped: true, kill_rounds: 0 });
  });

  test('a zombie is not waited for, and not counted among the signalled', async () => {
    await using run = startRun((dir) => [hazard('zombie'), dir], { variant });
    await run.ready();
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0 });
    expect(
      run
        .journal()
        .filter(({ event }) => event === 'signal')
        .map(({ to, sent }) => [to, sent]),
    ).toEqual([
      ['main', 1],
      ['orphans', 1],
    ]);
  });

  test.for(['main', 'child'] as const)(
    'a process whose main thread has exited looks like a zombie and is killed all the same (%s)',
    async (which) => {
      await using run = startRun((dir) => [hazard('deadleader'), dir, which], { variant });
      await run.ready();
      const announced = announcedIn(run.hazardDirectory);
      const leader = announced.find(({ pid }) => readStat(pid)?.state === 'Z');
      expect(leader).toBeDefined();
      expect(leader && isGone(leader)).toBe(false);
      run.ask('stop 300');
      expect(await run.end()).toMatchObject({ stopped: true, signal: which === 'main' ? 'SIGKILL' : 'SIGTERM' });
    },
  );

  test('main replaces every child that dies', async () => {
    await using run = startRun((dir) => [hazard('respawner'), dir], { variant });
    await run.ready();
    run.ask('stop 400');
    expect(await run.end()).toMatchObject({ signal: 'SIGKILL', stopped: true });
  });

  test('uninterruptible sleep of the killable kind: main in vfork', async () => {
    await using run = startRun((dir) => [hazard('vforkwait'), dir], { variant });
    await run.ready();
    const { main_pid: main } = await run.identity();
    await until('main in D', () => readStat(main)?.state === 'D');
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ signal: 'SIGTERM', stopped: true, kill_rounds: 0 });
  });

  test('a tree of a thousand processes that ignore the stop', { timeout: 40_000 }, async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '10', '3', 'ignore'], { variant });
    await run.ready();
    expect(announcedIn(run.hazardDirectory)).toHaveLength(1111);
    run.ask('stop 500');
    const record = await run.end();
    expect(record).toMatchObject({ signal: 'SIGKILL', members_seen: 1111, reaped: 1111 });
    const killing = run.journal().find(({ event }) => event === 'killing');
    expect(record.ended_at - (killing?.at ?? 0)).toBeLessThan(5000);
  });

  test('a thousand children of one process, all co-operative', { timeout: 40_000 }, async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '1000', '1', 'default'], { variant });
    await run.ready();
    run.ask('stop 20000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0, reaped: 1001 });
    expect(
      run
        .journal()
        .filter(({ event }) => event === 'signal')
        .reduce((sum, { sent }) => sum + (sent ?? 0), 0),
    ).toBe(1001);
  });

  test('a flood of output does not keep the stop waiting', async () => {
    await using run = startRun((dir) => ['/bin/sh', '-c', `: > ${dir}/ready; exec head -c 300000000 /dev/zero`], {
      variant,
    });
    await run.ready();
    run.ask('force');
    const record = await run.end();
    if (record.stopped) expect(record.signal).toBe('SIGKILL');
  });

  describe.skipIf(namespaces !== null)('storms, in a pid namespace of their own', () => {
    test.for([
      ['a new pid every 5 ms', ['6', '5000', 'ignore']],
      ['a new pid every 5 ms in a new session', ['6', '5000', 'setsid', 'ignore']],
      ['a new pid every 0.4 ms', ['6', '300', 'ignore']],
      ['a new pid every 0.4 ms in a new session', ['6', '300', 'setsid', 'ignore']],
      ['a new pid as fast as fork is, in a new session', ['6', '0', 'setsid', 'ignore']],
    ] as const)('%s', { timeout: 60_000 }, async ([, how]) => {
      // unshare gives the namespace its own /proc; its first process is a shell that waits for the runner.
      await using run = startRun((dir) => [hazard('storm'), dir, ...how], {
        variant,
        through: ['unshare', '-p', '-f', '--mount-proc', '--kill-child', '/bin/sh', '-c', '"$@"; exit $?', 'sh'],
      });
      await run.ready();
      run.ask('stop 200');
      await until('exit.json', () => existsSync(run.path('exit.json')), run.directory);
      expect(await run.runnerExit).toBe(0);
      const record = JSON.parse(readFileSync(run.path('exit.json'), 'utf8')) as {
        signal: string;
        members_seen: number;
        reaped: number;
      };
      expect(record).toMatchObject({ signal: 'SIGKILL', stopped: true });
      expect(record.reaped).toBeGreaterThan(6);
      if (run.witness !== null) await until('the cgroup empty', () => run.witness?.isEmpty(), undefined, 3000);
      run.assertSanitizersSilent();
    });

    test('every process forks until there are 300: the killing gets ahead of it', { timeout: 120_000 }, async () => {
      await using run = startRun((dir) => [hazard('forkbomb'), dir, '300'], {
        variant,
        through: ['unshare', '-p', '-f', '--mount-proc', '--kill-child', '/bin/sh', '-c', '"$@"; exit $?', 'sh'],
      });
      await until('ready', () => existsSync(run.hazardPath('ready')), run.hazardDirectory, 60_000);
      run.ask('force');
      await until('exit.json', () => existsSync(run.path('exit.json')), run.directory, 100_000);
      expect(await run.runnerExit).toBe(0);
      if (run.witness !== null) await until('the cgroup empty', () => run.witness?.isEmpty(), undefined, 3000);
    });
  });
});
