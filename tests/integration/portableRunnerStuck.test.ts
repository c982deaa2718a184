import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStat, until } from '../helpers/process.ts';
import { PortableRun } from './portableRun.ts';

test('uninterruptible sleep is told as stuck, and the run ends when it ends', async ({ skip }) => {
  using mount = mounted('ext4', skip);
  command('fsfreeze', '-f', mount.directory);
  await using run = new PortableRun(() => ['/bin/sh', '-c', `: > ${mount.directory}/file; sleep 1000`]);
  using thawFirst = new DisposableStack();
  thawFirst.defer(() => spawnSync('fsfreeze', ['-u', mount.directory]));
  const { main_pid: main } = await run.identity();
  await until('main in D', () => readStat(main)?.state === 'D');
  run.ask('force');
  const { pids } = await run.untilEvent('stuck');
  expect(pids).toEqual([{ pid: main, state: 'D', wchan: expect.any(String) }]);
  expect(run.events()).not.toContain('empty');
  command('fsfreeze', '-u', mount.directory);
  expect(await run.end()).toMatchObject({ signal: 'SIGKILL', stopped: true, forced: true });
  expect(run.events().slice(-3)).toEqual(['unstuck', 'empty', 'exit']);
});

test('a run that fills the disk still leaves its end on it', async ({ skip }) => {
  using mount = mounted('tmpfs', skip);
  const directory = join(mount.directory, 'run');
  mkdirSync(directory);
  await using run = new PortableRun(() => ['/bin/sh', '-c', 'cat /dev/zero; exit 5'], { directory });
  // The journal may have got no room at all: what is kept room for is the record of the end.
  await run.processExit;
  expect(JSON.parse(readFileSync(run.path('exit.json'), 'utf8'))).toMatchObject({ code: 5, start_error: null });
  expect(readFileSync(run.path('output.log')).length).toBeGreaterThan(1000);
});

/** A small file system of the test's own, unmounted at the end; skips the test where none can be mounted. */
function mounted(kind: 'ext4' | 'tmpfs', skip: (why: string) => never): Disposable & { readonly directory: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) skip('mounting needs root on Linux');
  const base = mkdtempSync(join(tmpdir(), 'trainyard-mount-'));
  const directory = join(base, 'mount');
  mkdirSync(directory);
  try {
    if (kind === 'tmpfs') {
      command('mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'trainyard-test', directory);
    } else {
      command('truncate', '-s', '16M', join(base, 'image'));
      command('mkfs.ext4', '-q', join(base, 'image'));
      command('mount', '-o', 'loop', join(base, 'image'), directory);
    }
  } catch (error) {
    rmSync(base, { recursive: true });
    skip(`nothing can be mounted here: ${String(error)}`);
  }
  return {
    directory,
    [Symbol.dispose]: () => {
      spawnSync('umount', [directory]);
      rmSync(base, { recursive: true });
    },
  };
}

function command(program: string, ...options: string[]): void {
  const { status, stderr, error } = spawnSync(program, options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
}
