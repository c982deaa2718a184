import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStat, signalIdentity, until } from '../../helpers/process.ts';
import { cannotRun, hazard, startRun, VARIANTS } from '../../helpers/runner.ts';

const isRoot = process.getuid?.() === 0;

/** A file system of the test's own. Throws where the machine does not let us mount. */
class Mount {
  readonly directory: string;
  readonly #base: string;

  constructor(kind: 'ext4' | 'tmpfs') {
    this.#base = mkdtempSync(join(tmpdir(), 'trainyard-mount-'));
    this.directory = join(this.#base, 'mount');
    mkdirSync(this.directory);
    try {
      if (kind === 'tmpfs') {
        command('mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'trainyard-test', this.directory);
      } else {
        const image = join(this.#base, 'image');
        command('truncate', '-s', '16M', image);
        command('mkfs.ext4', '-q', image);
        command('mount', '-o', 'loop', image, this.directory);
      }
    } catch (error) {
      rmSync(this.#base, { recursive: true });
      throw error;
    }
  }

  [Symbol.dispose](): void {
    spawnSync('fsfreeze', ['-u', this.directory]);
    spawnSync('umount', [this.directory]);
    rmSync(this.#base, { recursive: true });
  }
}

function command(program: string, ...arguments_: string[]): void {
  const result = spawnSync(program, arguments_, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${program}: ${result.stderr ?? result.error?.message}`);
}

function mounted(kind: 'ext4' | 'tmpfs', skip: (why: string) => never): Mount {
  if (!isRoot) skip('mounting needs root');
  try {
    return new Mount(kind);
  } catch (error) {
    return skip(`nothing can be mounted here: ${String(error)}`);
  }
}

describe.skipIf(cannotRun !== null).each(VARIANTS)('runner (%s): what does not let go', (variant) => {
  test(
    'uninterruptible sleep is reported within 5 s and again, and ends when it ends',
    { timeout: 30_000 },
    async ({ skip }) => {
      using mount = mounted('ext4', skip);
      command('fsfreeze', '-f', mount.directory);
      await using run = startRun(() => ['/bin/sh', '-c', `: > ${mount.directory}/file; sleep 1000`], { variant });
      using thawFirst = new DisposableStack();
      thawFirst.defer(() => spawnSync('fsfreeze', ['-u', mount.directory]));
      const identity = await run.identity();
      await until('main in D', () => readStat(identity.main_pid)?.state === 'D');
      const asked = Date.now();
      run.ask('force');
      const stuck = await run.untilEvent('stuck', 8000);
      expect(stuck.at - asked).toBeLessThan(5000);
      expect(stuck.pids).toMatchObject([{ pid: identity.main_pid, state: 'D', wchan: expect.any(String) }]);
      expect(readFileSync(`/proc/${identity.main_pid}/status`, 'utf8')).toMatch(/(SigPnd|ShdPnd):\t0*100$/m);
      expect(existsSync(run.path('exit.json'))).toBe(false);
      const before = readStat(identity.runner_pid)?.ticks ?? 0;
      await until(
        'the second report',
        () => run.journal().filter(({ event }) => event === 'stuck').length > 1,
        run.directory,
        8000,
      );
      expect((readStat(identity.runner_pid)?.ticks ?? 0) - before).toBeLessThanOrEqual(15);
      command('fsfreeze', '-u', mount.directory);
      expect(await run.end(5000)).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
      expect(
        run
          .journal()
          .map(({ event }) => event)
          .slice(-4),
      ).toEqual(expect.arrayContaining(['main-exit', 'unstuck', 'empty', 'exit']));
    },
  );

  test(
    'a member that became another user is reported as refusing, without using up the processor',
    { timeout: 30_000 },
    async ({ skip }) => {
      if (!isRoot) skip('making a set-user-id program needs root');
      await using run = startRun(
        (dir, runDirectory) => {
          const base = join(runDirectory, '..');
          chmodSync(base, 0o755);
          chmodSync(dir, 0o777);
          chownSync(runDirectory, 65_534, 65_534);
          copyFileSync(hazard('otheruser'), join(base, 'otheruser'));
          chmodSync(join(base, 'otheruser'), 0o4755);
          return [join(base, 'otheruser'), dir];
        },
        { variant, through: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] },
      );
      await run.ready();
      const { main_pid: main, main_start: start, runner_pid: runner } = await run.identity();
      if (!/^Uid:\t0\t0\t0\t0$/m.test(readFileSync(`/proc/${main}/status`, 'utf8')))
        skip('set-user-id has no effect in this folder');
      const before = readStat(runner)?.ticks ?? 0;
      run.ask('stop 200');
      const stuck = await run.untilEvent('stuck', 8000);
      expect(stuck.pids).toMatchObject([{ pid: main, refused: true }]);
      expect((readStat(runner)?.ticks ?? 0) - before).toBeLessThanOrEqual(40);
      expect(run.journal().filter(({ event }) => event === 'signal')).toMatchObject([
        { signal: 'SIGTERM', to: 'main', sent: 0, refused: 1 },
        { signal: 'SIGKILL', to: 'all', sent: 0, refused: 1 },
      ]);
      signalIdentity({ pid: main, start }, 'SIGKILL');
      expect(await run.end(5000)).toMatchObject({ signal: 'SIGKILL', stopped: true });
    },
  );

  test('a trainer that fills the disk does not cost its own record', async ({ skip }) => {
    using mount = mounted('tmpfs', skip);
    await using run = startRun(() => ['/bin/sh', '-c', `cat /dev/zero > ${mount.directory}/fill; exit 3`], {
      variant,
      runDirectory: mount.directory,
    });
    expect(await run.end()).toMatchObject({ code: 3, signal: null });
    expect(run.log()).toMatch(/^(cat: write error: No space left on device\n)?/);
  });

  test(
    'a disk on which not even the kept room is left: the record is written as soon as there is some',
    { timeout: 20_000 },
    async ({ skip }) => {
      using mount = mounted('tmpfs', skip);
      await using run = startRun(
        () => ['/bin/sh', '-c', `cd ${mount.directory}; rm .exit.json.reserve; cat /dev/zero > fill; exit 3`],
        { variant, runDirectory: mount.directory },
      );
      // The runner has tried in vain when its temporary file was there and is gone again.
      let tries = 0;
      using watching = new DisposableStack();
      const watcher = watch(mount.directory, (_event, name) => (tries += name === '.exit.json.tmp' ? 1 : 0));
      watching.defer(() => watcher.close());
      await until('two tries', () => tries >= 3, mount.directory);
      expect(existsSync(run.path('exit.json'))).toBe(false);
      rmSync(run.path('fill'));
      expect(await run.end(5000)).toMatchObject({ code: 3 });
    },
  );
});
