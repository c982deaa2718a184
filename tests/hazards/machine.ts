import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a hazard cannot be made without. */
export type Need = 'compiler' | 'python3' | 'bash' | 'root' | 'pid namespace' | 'loop device';

/** Words on why the machine cannot do it, or null. */
const LOOKS: { readonly [N in Need]: () => string | null } = {
  compiler: () => (succeeds('cc', '--version') ? null : 'there is no C compiler (cc)'),
  python3: () => (succeeds('python3', '-c', '') ? null : 'there is no python3'),
  bash: () => (succeeds('bash', '-c', '') ? null : 'there is no bash'),
  root: () => (process.getuid?.() === 0 ? null : 'it needs root'),
  'pid namespace': () =>
    succeeds(...namespaceCommand(), 'true') ? null : 'no pid namespace can be made here (unshare)',
  'loop device': () => {
    if (process.getuid?.() !== 0) return 'freezing a file system needs root';
    try {
      new FrozenFolder()[Symbol.dispose]();
      return null;
    } catch (error) {
      return `no file system on a loop device can be mounted and frozen here (${String(error)})`;
    }
  },
};
const known = new Map<Need, string | null>();

/** Why the machine cannot do this, or null. Looked at once. */
export function lacking(needs: readonly Need[]): string | null {
  if (process.platform !== 'linux') return 'the corpus is for Linux';
  for (const need of needs) {
    if (!known.has(need)) known.set(need, LOOKS[need]());
    const why = known.get(need);
    if (typeof why === 'string') return why;
  }
  return null;
}

/** What starts a program as the first process of a pid namespace with its own /proc. */
export function namespaceCommand(): [string, ...string[]] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...user, '--pid', '--fork', '--mount-proc', '--kill-child'];
}

let python: string | null = null;

/** Python itself: what is called python3 may be a script that starts others before it. */
export function pythonProgram(): string {
  python ??= spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
  return python;
}

/** A file system of the test's own, in which writing is uninterruptible sleep until it is thawed. */
export class FrozenFolder {
  readonly path: string;
  readonly #base = mkdtempSync(join(tmpdir(), 'trainyard-hazard-mount-'));

  constructor() {
    this.path = join(this.#base, 'mount');
    mkdirSync(this.path);
    try {
      const image = join(this.#base, 'image');
      command('truncate', '-s', '16M', image);
      command('mkfs.ext4', '-q', image);
      command('mount', '-o', 'loop', image, this.path);
      command('fsfreeze', '-f', this.path);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A second time changes nothing. */
  thaw(): void {
    spawnSync('fsfreeze', ['-u', this.path]);
  }

  [Symbol.dispose](): void {
    this.thaw();
    spawnSync('umount', [this.path]);
    rmSync(this.#base, { recursive: true });
  }
}

/** Where a cgroup v2 of one's own can be made, or null. */
export const CGROUP_BASE: string | null = ((): string | null => {
  for (const base of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
    if (!existsSync(join(base, 'cgroup.procs')) || !existsSync(join(base, 'cgroup.controllers'))) continue;
    try {
      const tried = mkdtempSync(join(base, 'trainyard-hazard-'));
      if (!readdirSync(tried).includes('cgroup.procs')) continue;
      rmdirSync(tried);
      return base;
    } catch {
      // Not allowed here.
    }
  }
  return null;
})();

function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function command(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}
