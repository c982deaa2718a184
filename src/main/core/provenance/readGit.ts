import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GitState } from '../../../shared/git.ts';
import type { Ms } from '../domain/job.ts';
import { runBounded } from '../processes/boundedCommand.ts';
import { gitStateOf } from './gitState.ts';

/** A large repository on a slow disk takes a second or two; who takes longer has other troubles. */
const LIMIT_MS = 5_000;

/** A repository's own settings must not start programs for a mere look: no file watcher. */
const NO_PROGRAMS = ['-c', 'core.fsmonitor=false'];
const STATUS = ['status', '--porcelain=v2', '--branch', '--no-ahead-behind', '--untracked-files=normal', '-z'];

/** Asks git about a folder. Writes nothing there, takes no lock, asks nobody, never rejects; null where there is no git. */
export async function readGit(folder: string, now: () => Ms): Promise<GitState | null> {
  const at = now();
  if (!(await isUnderGit(folder))) return null;
  const options = ['-C', folder, ...NO_PROGRAMS, ...STATUS, '--ignore-submodules=dirty'];
  return gitStateOf(await runBounded('git', options, { cwd: '/', environment: environment(), limitMs: LIMIT_MS }), at);
}

/** Git itself would look for the same entry upwards, but starting a program takes the queue milliseconds, at every submit. */
async function isUnderGit(folder: string): Promise<boolean> {
  // Git knows a folder that is reached through a link by where it really is.
  const real = await realpath(folder).catch(() => null);
  if (real === null) return false;
  for (let at = real; ; at = dirname(at)) {
    const found = await access(join(at, '.git')).then(
      () => true,
      () => false,
    );
    if (found || at === dirname(at)) return found;
  }
}

/** Ours without what points git at another repository than the folder's, as inside a hook of git. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(GIT_|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(own), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}
