import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The clone. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** Where everything of one chaos is. */
export interface Place {
  readonly home: string;
  /** A copy of the application, with a runner that sees the same clock. */
  readonly app: string;
  /** Holds the data folder; a small file system of its own where that is allowed. */
  readonly disk: string;
  /** Where a mount is made ready before it takes the disk's place. */
  readonly aside: string;
  readonly data: string;
  /** The trainers' own account, on another disk. */
  readonly ledger: string;
  readonly trainer: string;
  readonly preload: string;
  readonly page: string;
  /** Whether `disk` can be filled and be made read-only. */
  readonly ownDisk: boolean;
  readonly remove: () => void;
}

/** Makes the place, compiles what is in C, copies the application as it is now. `diskMiB` is the size of the disk. */
export function makePlace(diskMiB: number): Place {
  const home = mkdtempSync(join(tmpdir(), 'trainyard-chaos-'));
  const at = (name: string): string => join(home, name);
  for (const folder of ['app', 'disk', 'ledger']) mkdirSync(at(folder));
  const ownDisk = isInNamespace() && mount('-t', 'tmpfs', '-o', `size=${diskMiB}m,mode=700`, 'chaos', at('disk'));
  copyApplication(at('app'));
  const here = import.meta.dirname;
  compile(['-o', at('trainer'), join(here, 'trainer.c')]);
  compile(['-shared', '-fPIC', '-o', at('preload.so'), join(here, 'preload.c'), '-ldl']);
  writeFileSync(at('page'), Buffer.alloc(16));
  return {
    home,
    app: at('app'),
    disk: at('disk'),
    aside: at('aside'),
    data: join(at('disk'), 'data'),
    ledger: at('ledger'),
    trainer: at('trainer'),
    preload: at('preload.so'),
    page: at('page'),
    ownDisk,
    remove: () => {
      // One on top of the other, where a read-only one is left.
      for (let left = ownDisk; left;) left = spawnSync('umount', ['-l', at('disk')], { stdio: 'ignore' }).status === 0;
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whether mounts made here vanish with this process (scripts/chaos.mjs has arranged that). */
function isInNamespace(): boolean {
  return process.env['CHAOS_NAMESPACE'] === '1';
}

/** Mounts; false when it is not allowed. */
export function mount(...words: readonly string[]): boolean {
  return spawnSync('mount', words, { stdio: 'ignore' }).status === 0;
}

/** The source, so that others may go on working in the clone, with the runner linked dynamically: a static one would not see the clock. */
function copyApplication(app: string): void {
  for (const name of ['src', 'package.json', 'out'])
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(app, name), { recursive: true });
  for (const name of ['node_modules', 'resources']) symlinkSync(join(ROOT, name), join(app, name));
  const runner = join(app, 'out', 'runner', `${process.platform}-${process.arch}`);
  rmSync(runner, { recursive: true, force: true });
  mkdirSync(runner, { recursive: true });
  const sources = spawnSync('sh', ['-c', 'ls src/runner/*.c'], { cwd: app, encoding: 'utf8' })
    .stdout.trim()
    .split('\n');
  compile(['-o', join(runner, 'trainyard-runner'), ...sources.map((name) => join(app, name))]);
}

function compile(words: readonly string[]): void {
  const { status, stderr } = spawnSync('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc ${words.join(' ')}\n${stderr}`);
}
