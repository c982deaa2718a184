import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { announcedIn, childrenOf, isGone, signalIdentity, until, untilFile, untilGone } from '../../helpers/process.ts';
import { cannotRun, hazard, startRun, VARIANTS } from '../../helpers/runner.ts';

const LADDER = ['stop', 'killing', 'main-exit', 'empty'];
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

describe.skipIf(cannotRun !== null).each(VARIANTS)('runner (%s): stop', (variant) => {
  test('a co-operative tree ends by the stop signal alone, level by level', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '3', '2', 'default'], { variant });
    await run.ready();
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({
      code: null,
      signal: 'SIGTERM',
      stopped: true,
      forced: false,
      kill_rounds: 0,
      members_seen: 13,
      reaped: 13,
    });
    const signals = run.journal().filter(({ event }) => event === 'signal');
    expect(signals[0]).toMatchObject({ to: 'main', sent: 1, signal: 'SIGTERM' });
    expect(signals.slice(1).every(({ to }) => to === 'orphans')).toBe(true);
    expect(signals.reduce((sum, { sent }) => sum + (sent ?? 0), 0)).toBe(13);
  });

  test('the stop signal of the job is the one that is sent', async () => {
    await using run = startRun(
      (dir) => ['/bin/sh', '-c', `trap 'exit 4' INT; : > ${dir}/ready; while :; do sleep 0.05; done`],
      { variant, signal: 2 },
    );
    await run.ready();
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ code: 4, stopped: true });
    expect(run.journal().find(({ event }) => event === 'signal')).toMatchObject({ signal: 'SIGINT', to: 'main' });
  });

  test('what ignores SIGTERM is killed at the deadline, three levels of children and all', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '2', '3', 'ignore'], { variant });
    await run.ready();
    const asked = Date.now();
    run.ask('stop 600');
    const record = await run.end();
    expect(record).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: false, members_seen: 15, reaped: 15 });
    expect(record.ended_at - asked).toBeGreaterThanOrEqual(590);
    expect(record.ended_at - asked).toBeLessThan(1500);
    expect(
      run
        .journal()
        .map(({ event }) => event)
        .filter((event) => LADDER.includes(event)),
    ).toEqual(LADDER);
    expect(run.journal().find(({ to }) => to === 'rest')).toMatchObject({ sent: 14, signal: 'SIGTERM' });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'deadline' });
  });

  test('main dies by SIGTERM, workers ignore it: nobody is left', async () => {
    await using run = startRun((dir) => ['/bin/sh', '-c', `${hazard('tree')} ${dir} 4 1 ignore; true`], { variant });
    await run.ready();
    run.ask('stop 400');
    expect(await run.end()).toMatchObject({ signal: 'SIGTERM', stopped: true });
  });

  test('a shell between us and the program does not keep the stop from it', async () => {
    await using run = startRun((dir) => ['/bin/sh', '-c', `${hazard('tree')} ${dir} 2 1 default; echo after`], {
      variant,
    });
    await run.ready();
    run.ask('stop 5000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0 });
    expect(run.log()).toBe('');
  });

  test.for([
    ['directly', (dir: string) => [PYTHON, hazard('checkpoint.py'), dir]],
    ['under a shell', (dir: string) => ['/bin/sh', '-c', `${PYTHON} ${hazard('checkpoint.py')} ${dir}; true`]],
    [
      'under two shells',
      (dir: string) => ['/bin/sh', '-c', `sh -c '${PYTHON} ${hazard('checkpoint.py')} ${dir}; true'; true`],
    ],
  ] as const)('a trainer that saves while its workers live keeps its checkpoint: %s', async ([, command]) => {
    await using run = startRun(command, { variant });
    await run.ready();
    run.ask('stop 10000');
    expect(await run.end()).toMatchObject({ stopped: true, kill_rounds: 0 });
    expect(readFileSync(run.hazardPath('checkpoint'), 'utf8')).toBe('saved');
  });

  test('the proof of the test before: signalling the workers first loses that checkpoint', async ({ skip }) => {
    if (variant === 'sanitized') skip('does not involve the runner’s ladder');
    await using run = startRun((dir) => [PYTHON, hazard('checkpoint.py'), dir], { variant });
    await run.ready();
    const { main_pid: main } = await run.identity();
    for (const worker of announcedIn(run.hazardDirectory).filter(({ pid }) => pid !== main))
      signalIdentity(worker, 'SIGTERM');
    expect((await run.end()).code).toBe(1);
    expect(existsSync(run.hazardPath('checkpoint'))).toBe(false);
  });

  test('a helper that was put in the background earlier lives until main has saved, and is told then', async () => {
    // The helper is an orphan of ours before the stop. Another orphan ends by itself while main saves: that must not
    // send the stop on to the helper.
    await using run = startRun(
      (dir) => [
        '/bin/sh',
        '-c',
        `(${hazard('daemon')} ${dir} & echo $! > ${dir}/middle; exec sleep 1000 &) ; (sleep 0.3 &) ;
         trap 'sleep 0.6; for f in ${dir}/*.pid; do read p s < $f; kill -0 $p || echo helper-lost; done; echo saved; exit 0' TERM
         while [ ! -e ${dir}/ready ]; do sleep 0.02; done; : > ${dir}/up; while :; do sleep 0.02; done`,
      ],
      { variant },
    );
    await until('up', () => existsSync(run.hazardPath('up')), run.hazardDirectory);
    run.ask('stop 8000');
    expect(await run.end()).toMatchObject({ code: 0, stopped: true, kill_rounds: 0 });
    expect(run.log()).toBe('saved\n');
  });

  test('a stop that was there before the start: not one instruction of the trainer runs', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '0', '0', 'default'], {
      variant,
      control: 'stop 1000\n',
    });
    expect(await run.end()).toMatchObject({
      code: null,
      signal: null,
      never_started: true,
      stopped: true,
      start_error: null,
      started_at: null,
      reaped: 0,
    });
    expect(announcedIn(run.hazardDirectory)).toEqual([]);
  });

  test('so does a force', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '0', '0', 'default'], { variant, control: 'force\n' });
    expect(await run.end()).toMatchObject({ never_started: true, stopped: true });
  });

  test('half a line, other words and an extend before the start do not keep it from starting', async () => {
    await using run = startRun(() => ['/bin/sh', '-c', 'exit 6'], {
      variant,
      control: 'extend 5000\nstop\nstop -1\nstop 1x\n stop 1\nfor',
    });
    expect(await run.end()).toMatchObject({ code: 6, stopped: false });
  });

  test('half a line counts when its end has come, and then as one number', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '0', '0', 'ignore'], { variant });
    await run.ready();
    appendFileSync(run.path('control'), 'stop 1');
    appendFileSync(run.path('control'), '50');
    await using other = startRun(() => ['/bin/sleep', '0.3'], { variant });
    await other.end(); // time for the runner to have read what is there
    expect(run.journal().some(({ event }) => event === 'stop')).toBe(false);
    appendFileSync(run.path('control'), '\n');
    await run.end();
    expect(run.journal().find(({ event }) => event === 'stop')).toMatchObject({ grace_ms: 150 });
  });

  test('lines longer than any buffer are passed over, the request after them counts', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '0', '0', 'default'], { variant });
    await run.ready();
    run.ask(`stop ${'9'.repeat(5000)}x`);
    run.ask(`${'x'.repeat(1024)}stop 1`);
    run.ask('stop 5000');
    await run.end();
    expect(run.journal().filter(({ event }) => event === 'stop')).toMatchObject([{ grace_ms: 5000 }]);
  });

  test('a second stop is the same stop', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '1', '1', 'ignore'], { variant });
    await run.ready();
    run.ask('stop 500');
    run.ask('stop 60000');
    run.ask('stop 1');
    const record = await run.end();
    expect(record.ended_at - (run.journal().find(({ event }) => event === 'stop')?.at ?? 0)).toBeGreaterThanOrEqual(
      490,
    );
    expect(run.journal().filter(({ event }) => event === 'stop')).toHaveLength(1);
    expect(run.journal().filter(({ to }) => to === 'main')).toMatchObject([{ sent: 1 }]);
  });

  test('force after stop kills now', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '2', '1', 'ignore'], { variant });
    await run.ready();
    run.ask('stop 60000');
    await run.untilEvent('signal');
    run.ask('force');
    expect(await run.end(5000)).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'force' });
  });

  test('force without a stop is both', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '2', '1', 'default'], { variant });
    await run.ready();
    run.ask('force');
    expect(await run.end(5000)).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
  });

  test('extend gives more time, and none once the killing has begun', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '1', '1', 'ignore'], { variant });
    await run.ready();
    run.ask('stop 400');
    const stop = await run.untilEvent('stop');
    run.ask('extend 500');
    const extended = await run.untilEvent('extended');
    expect((extended.deadline_at ?? 0) - (stop.deadline_at ?? 0)).toBeGreaterThanOrEqual(498);
    expect((extended.deadline_at ?? 0) - (stop.deadline_at ?? 0)).toBeLessThanOrEqual(502);
    const record = await run.end();
    expect(record.ended_at - stop.at).toBeGreaterThanOrEqual(890);
    expect(run.journal().filter(({ event }) => event === 'extended')).toHaveLength(1);
  });

  test('main ends by itself and leaves members: they are told at once, killed after the time for that', async () => {
    await using run = startRun((dir) => [hazard('rootgone'), dir], { variant, killAfterExitMs: 400 });
    const record = await run.end();
    expect(record).toMatchObject({ code: 3, signal: null, stopped: false, leftovers: 4, members_seen: 5 });
    expect(record.ended_at - (record.main_exited_at ?? 0)).toBeGreaterThanOrEqual(390);
    expect(run.journal().find(({ event }) => event === 'leftovers')).toMatchObject({ count: 4 });
    expect(run.journal().find(({ event }) => event === 'killing')).toMatchObject({ reason: 'leftovers' });
  });

  test('stop of leftovers is recorded, and a longer grace does not prolong them', async () => {
    await using run = startRun((dir) => [hazard('rootgone'), dir], { variant, killAfterExitMs: 600 });
    await run.untilEvent('leftovers');
    run.ask('stop 60000');
    const record = await run.end(5000);
    expect(record).toMatchObject({ code: 3, stopped: true });
    expect(record.ended_at - (record.main_exited_at ?? 0)).toBeLessThan(2000);
  });

  test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s to the runner is a stop with the default grace',
    async (signal) => {
      await using run = startRun((dir) => [hazard('tree'), dir, '2', '1', 'default'], { variant, graceMs: 7000 });
      await run.ready();
      run.process.kill(signal);
      expect(await run.end()).toMatchObject({ signal: 'SIGTERM', stopped: true, forced: false });
      expect(run.journal().find(({ event }) => event === 'stop')).toMatchObject({ grace_ms: 7000 });
    },
  );

  test('a second SIGTERM to the runner is force; SIGHUP with it is not', async () => {
    await using run = startRun((dir) => [hazard('tree'), dir, '2', '1', 'ignore'], { variant, graceMs: 60_000 });
    await run.ready();
    run.process.kill('SIGTERM');
    run.process.kill('SIGHUP');
    run.process.kill('SIGHUP');
    await run.untilEvent('signal');
    run.process.kill('SIGUSR1');
    run.process.kill('SIGPIPE');
    run.process.kill('SIGQUIT');
    expect(run.journal().some(({ event }) => event === 'killing')).toBe(false);
    run.process.kill('SIGTERM');
    expect(await run.end(5000)).toMatchObject({ stopped: true, forced: true });
  });

  test('the one who started the runner is killed: the run goes on, can be stopped, and its record is written', async () => {
    // The shell is the app: it starts the runner in the background and is killed.
    await using app = startRun((dir) => [hazard('tree'), dir, '2', '1', 'default'], {
      variant,
      through: ['/bin/sh', '-c', 'setsid "$@" & echo $$ > "$3/../app"; wait', 'sh'],
      withoutWitness: true,
    });
    await app.ready();
    const identity = await app.identity();
    app.process.kill('SIGKILL');
    await app.runnerExit;
    expect(isGone({ pid: identity.runner_pid, start: identity.runner_start })).toBe(false);
    app.ask('stop 5000');
    await until('exit.json', () => existsSync(app.path('exit.json')), app.directory);
    await untilGone(
      [{ pid: identity.runner_pid, start: identity.runner_start }, ...announcedIn(app.hazardDirectory)],
      3000,
    );
    expect(JSON.parse(readFileSync(app.path('exit.json'), 'utf8'))).toMatchObject({
      signal: 'SIGTERM',
      stopped: true,
      reaped: 3,
    });
  });

  // A named pipe where the runner writes identity.json keeps it between fork and release for as long as nobody reads.
  test('the runner is killed before the release: the trainer never runs unlooked-after', async () => {
    await using run = startRun(
      (dir, runDirectory) => {
        spawnSync('mkfifo', [join(runDirectory, '.identity.json.tmp')]);
        return [hazard('tree'), dir, '0', '0', 'default'];
      },
      { variant },
    );
    const child = await until('the waiting child', () => childrenOf(run.process.pid)[0]);
    run.process.kill('SIGKILL');
    await run.runnerExit;
    await untilGone([child], 3000);
    expect(existsSync(run.hazardPath('ready'))).toBe(false);
  });

  test.for(['a stop line', 'SIGTERM to the runner'] as const)(
    '%s between fork and release: not one instruction of the trainer runs',
    async (how) => {
      await using run = startRun(
        (dir, runDirectory) => {
          spawnSync('mkfifo', [join(runDirectory, '.identity.json.tmp')]);
          return [hazard('tree'), dir, '0', '0', 'default'];
        },
        { variant },
      );
      await until('the waiting child', () => childrenOf(run.process.pid)[0]);
      if (how === 'a stop line') run.ask('stop 3000');
      else run.process.kill('SIGTERM');
      const reader = open(run.path('.identity.json.tmp'), 'r');
      const record = JSON.parse(await untilFile(run.path('exit.json'))) as object;
      await (await reader).close();
      expect(record).toMatchObject({ never_started: true, stopped: true, code: null, signal: null });
      expect(existsSync(run.hazardPath('ready'))).toBe(false);
    },
  );
});
