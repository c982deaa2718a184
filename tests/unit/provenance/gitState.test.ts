import { describe, expect, test } from 'vitest';
import { gitStateOf } from '../../../src/main/core/provenance/gitState.ts';
import { createProvenance } from '../../../src/main/core/provenance/provenance.ts';
import type { GitState } from '../../../src/shared/git.ts';

const OID = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const out = (...entries: string[]): { code: 0; stdout: string; stderr: '' } => ({
  code: 0,
  stdout: entries.map((entry) => `${entry}\0`).join(''),
  stderr: '',
});
const failed = (stderr: string, code: number | null = 128) => ({ code, stdout: '', stderr });

describe('what git answers', () => {
  test('a clean commit on a branch', () => {
    expect(gitStateOf(out(`# branch.oid ${OID}`, '# branch.head main'), 7)).toEqual({
      kind: 'known',
      commit: OID,
      branch: 'main',
      changedFiles: 0,
      untrackedFiles: 0,
      at: 7,
    });
  });

  test('changed, renamed, in conflict and untracked files, whatever their names are', () => {
    const state = gitStateOf(
      out(
        `# branch.oid ${OID}`,
        '# branch.head (detached)',
        '1 .M N... 100644 100644 100644 aaa bbb train it.py',
        '2 R. N... 100644 100644 100644 aaa bbb R100 new.py',
        '1 was its old name',
        'u UU N... 100644 100644 100644 100644 aaa bbb ccc both.py',
        '? notes\nof two lines',
        '? data/',
      ),
      0,
    );
    expect(state).toMatchObject({ branch: null, changedFiles: 3, untrackedFiles: 2 });
  });

  test('a repository without a commit', () => {
    expect(gitStateOf(out('# branch.oid (initial)', '# branch.head main'), 0)).toMatchObject({ commit: null });
  });

  test('no repository, no folder and no git are nothing', () => {
    for (const stderr of [
      'fatal: not a git repository (or any of the parent directories): .git\n',
      "fatal: cannot change to '/nowhere': No such file or directory\n",
    ])
      expect(gitStateOf(failed(stderr), 0)).toBeNull();
    expect(gitStateOf(failed('spawn git ENOENT', null), 0)).toBeNull();
  });

  test('a folder of another user is not known, and says what git wants; so is a git that hangs', () => {
    expect(gitStateOf(failed("fatal: detected dubious ownership in repository at '/x'\n"), 0)).toEqual({
      kind: 'unknown',
      why: expect.stringContaining('safe.directory'),
    });
    expect(gitStateOf(failed('git did not answer within 5000 ms', null), 0)).toMatchObject({ kind: 'unknown' });
    expect(gitStateOf(failed('fatal: index file corrupt\n'), 0)).toEqual({
      kind: 'unknown',
      why: 'git said: fatal: index file corrupt',
    });
  });
});

describe('who is asked about', () => {
  const KNOWN: GitState = { kind: 'unknown', why: 'a test' };

  test('a thousand jobs of one folder are one look, and who comes during a look gets the next one', async () => {
    const asked: string[] = [];
    const kept: (readonly number[])[] = [];
    const provenance = createProvenance({
      read: async (folder) => {
        asked.push(folder);
        if (asked.length === 1) provenance.submitted(2_000, folder);
        return KNOWN;
      },
      keep: (jobs) => kept.push(jobs),
      onBug: (error) => expect.unreachable(String(error)),
    });
    for (let job = 1; job <= 1_000; job += 1) provenance.submitted(job, '/repo');
    expect(provenance.isReading(1_000)).toBe(true);
    await provenance.idle();
    expect(asked).toEqual(['/repo', '/repo']);
    expect(kept.map((jobs) => jobs.length)).toEqual([1_000, 1]);
    expect(provenance.isReading(1_000)).toBe(false);
  });

  test('a database that cannot be written, or a look that fails, does not keep the others from being looked at', async () => {
    const bugs: unknown[] = [];
    const kept: (readonly number[])[] = [];
    const provenance = createProvenance({
      read: (folder) => (folder === '/bad' ? Promise.reject(new Error('no')) : Promise.resolve(KNOWN)),
      keep: (jobs) => {
        if (jobs.includes(2)) throw new Error('disk full');
        kept.push(jobs);
      },
      onBug: (error) => bugs.push(error),
    });
    provenance.submitted(1, '/bad');
    provenance.submitted(2, '/full');
    provenance.submitted(3, '/good');
    await provenance.idle();
    expect(kept).toEqual([[3]]);
    expect(bugs).toHaveLength(2);
    provenance.submitted(4, '/good');
    await provenance.idle();
    expect(kept).toEqual([[3], [4]]);
  });
});
