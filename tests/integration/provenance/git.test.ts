import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestYard } from '../../helpers/core.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
const PATH = process.env['PATH'] ?? '';

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main'];
  const { status, stdout, stderr } = spawnSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}
function repository(yard: TestYard): string {
  const folder = join(yard.home, 'repo');
  mkdirSync(folder);
  git(folder, 'init', '-q');
  writeFileSync(join(folder, 'train.py'), 'print(1)\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'one');
  return folder;
}
/** What is kept once git has answered. */
async function gitOf(yard: TestYard, id: number) {
  await expect.poll(async () => (await yard.job(id)).git?.kind, { timeout: 20_000 }).not.toBe('reading');
  return (await yard.job(id)).git;
}

beforeEach((context) => {
  if (!hasGit) context.skip('there is no git on this machine');
});
afterEach(() => {
  process.env['PATH'] = PATH;
});

test('the commit, the branch and what is changed are kept with the job, also over a restart', async () => {
  await using yard = new TestYard();
  const folder = repository(yard);
  const clean = await yard.submit(['true'], { cwd: folder });
  const head = git(folder, 'rev-parse', 'HEAD');
  expect(await gitOf(yard, clean.id)).toMatchObject({
    kind: 'known',
    commit: head,
    branch: 'main',
    changedFiles: 0,
    untrackedFiles: 0,
  });
  writeFileSync(join(folder, 'train.py'), 'print(2)\n');
  writeFileSync(join(folder, 'new.py'), '');
  const dirty = await yard.submit(['true'], { cwd: folder });
  expect(await gitOf(yard, dirty.id)).toMatchObject({ commit: head, changedFiles: 1, untrackedFiles: 1 });
  await yard.until(dirty.id, 'completed');
  await yard.close();
  yard.open();
  expect(await gitOf(yard, dirty.id)).toMatchObject({ commit: head, changedFiles: 1 });
});

test('a folder without git has none, and looking at a repository changes nothing in it', async () => {
  await using yard = new TestYard();
  const plain = await yard.submit(['true']);
  expect(await gitOf(yard, plain.id)).toBeNull();
  const folder = repository(yard);
  writeFileSync(join(folder, 'train.py'), 'print(1)\n');
  const before = statSync(join(folder, '.git', 'index')).mtimeMs;
  const names = readdirSync(join(folder, '.git')).sort();
  await gitOf(yard, (await yard.submit(['true'], { cwd: folder })).id);
  expect(statSync(join(folder, '.git', 'index')).mtimeMs).toBe(before);
  expect(readdirSync(join(folder, '.git')).sort()).toEqual(names);
});

test('the settings of a repository start no program for the look', async () => {
  await using yard = new TestYard();
  const folder = repository(yard);
  const trap = join(yard.home, 'trap.sh');
  const sprung = join(yard.home, 'sprung');
  writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\n`, { mode: 0o755 });
  git(folder, 'config', 'core.fsmonitor', trap);
  git(folder, 'config', 'core.pager', trap);
  await gitOf(yard, (await yard.submit(['true'], { cwd: folder })).id);
  expect(existsSync(sprung)).toBe(false);
});

test('a folder that is reached through a link has the commit of where it really is', async () => {
  await using yard = new TestYard();
  const folder = repository(yard);
  mkdirSync(join(folder, 'sub'));
  symlinkSync(join(folder, 'sub'), join(yard.home, 'link'));
  const linked = await yard.submit(['true'], { cwd: join(yard.home, 'link') });
  expect(await gitOf(yard, linked.id)).toMatchObject({ kind: 'known', commit: git(folder, 'rev-parse', 'HEAD') });
});

test('a git that hangs or is broken neither delays nor fails a submit', async () => {
  await using yard = new TestYard();
  const bin = join(yard.home, 'bin');
  mkdirSync(bin);
  const asked = join(yard.home, 'asked');
  writeFileSync(join(bin, 'git'), `#!/bin/sh\ntouch ${asked}\nexec sleep 600\n`);
  chmodSync(join(bin, 'git'), 0o755);
  process.env['PATH'] = `${bin}${delimiter}${PATH}`;
  const outside = await yard.submit(['true']);
  expect(await gitOf(yard, outside.id)).toBeNull();
  // A program that is started for nothing holds up the queue at every submit.
  expect(existsSync(asked)).toBe(false);
  mkdirSync(join(yard.home, '.git'));
  const hangs = await yard.submit(['true']);
  await yard.until(hangs.id, 'completed');
  expect(await gitOf(yard, hangs.id)).toEqual({ kind: 'unknown', why: 'git took too long to answer' });
  writeFileSync(join(bin, 'git'), '#!/bin/sh\necho "fatal: bad object HEAD" >&2\nexit 128\n');
  const broken = await yard.submit(['true']);
  expect(await gitOf(yard, broken.id)).toEqual({ kind: 'unknown', why: 'git said: fatal: bad object HEAD' });
});
