import type { GitState } from '../../../shared/git.ts';
import type { Ms } from '../domain/job.ts';

/** What git answered, as {@link gitStateOf} reads it. */
export interface GitAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Reads `git status --porcelain=v2 --branch -z`, messages in English. Null for a folder without git, and where there is no
 * git to ask.
 */
export function gitStateOf({ code, stdout, stderr }: GitAnswer, at: Ms): GitState | null {
  if (code === null) return /did not answer/.test(stderr) ? unknown('git took too long to answer') : null;
  if (code !== 0) {
    if (/not a git repository|cannot change to|must be run in a work tree/i.test(stderr)) return null;
    if (/dubious ownership/.test(stderr))
      return unknown('git does not trust this folder, which belongs to another user (its setting safe.directory)');
    return unknown(`git said: ${(stderr.split('\n')[0] ?? '').slice(0, 200) || `exit ${code}`}`);
  }
  const entries = stdout.split('\0');
  const header = (name: string): string | null =>
    entries.find((entry) => entry.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length) ?? null;
  const commit = header('oid');
  const branch = header('head');
  if (commit === null) return unknown('git answered in a way that could not be read');
  return {
    kind: 'known',
    commit: commit === '(initial)' ? null : commit,
    branch: branch === '(detached)' ? null : branch,
    // A renamed file has its old name in an entry of its own, without a kind.
    changedFiles: entries.filter((entry) => /^[12u] [A-Z.]{2} [NS]/.test(entry)).length,
    untrackedFiles: entries.filter((entry) => entry.startsWith('? ')).length,
    at,
  };
}

function unknown(why: string): GitState {
  return { kind: 'unknown', why };
}
