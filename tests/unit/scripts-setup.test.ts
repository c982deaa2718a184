import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentHash } from '../../scripts/setup/contentHash.mjs';
import { lockMatches } from '../../scripts/setup/dependencies.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { canRunSetup } from '../../scripts/setup/nodeVersion.mjs';
import { definesOf } from '../../scripts/setup/sqliteForStandIn.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trainyard-setup-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['18.20.0', false],
  ['20.18.1', false],
  ['20.19.0', true],
  ['22.0.0', true],
  ['24.21.0', true],
])('Node %s can run the set-up: %s', (version, can) => {
  expect(canRunSetup(version)).toBe(can);
});

test('installed packages match the lock file only when every version and checksum does', () => {
  const locked = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-mac': { version: '1.0.0', integrity: 'sha512-m', optional: true },
  };
  const installed = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } };
  expect(lockMatches(locked, installed)).toBe(true);
  expect(lockMatches(locked, {})).toBe(false);
  expect(lockMatches(locked, { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } })).toBe(false);
  expect(lockMatches(locked, { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } })).toBe(false);
  expect(lockMatches(locked, { ...installed, 'node_modules/stray': { version: '1.0.0' } })).toBe(false);
});

test('the content hash tells a rename, a change and a moved border between two files', () => {
  const write = (files: Record<string, string>): string => {
    const root = mkdtempSync(join(folder, 'tree-'));
    mkdirSync(join(root, 'src'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'src', name), text);
    return contentHash(root, ['src', 'absent.json']);
  };
  const first = write({ a: 'one', b: 'two' });
  expect(write({ a: 'one', b: 'two' })).toBe(first);
  expect(write({ a: 'one', c: 'two' })).not.toBe(first);
  expect(write({ a: 'one', b: 'three' })).not.toBe(first);
  expect(write({ a: 'onet', b: 'wo' })).not.toBe(first);
});

test('all defines of the SQLite amalgamation are read from the package', () => {
  const gypi = readFileSync('node_modules/better-sqlite3/deps/defines.gypi', 'utf8');
  const defines = definesOf(gypi);
  expect(defines).toContain('SQLITE_DQS=0');
  expect(defines).toContain('SQLITE_ENABLE_FTS5');
  // Every quoted line but the key itself.
  expect(defines).toHaveLength(gypi.split('\n').filter((line) => /^\s+'/.test(line)).length - 1);
});

test('a lock is held by one at a time', async () => {
  const path = join(folder, 'lock');
  const order: string[] = [];
  const signals = new EventEmitter();
  const inside = once(signals, 'inside');
  const leave = once(signals, 'leave');
  const first = withLock(path, async () => {
    signals.emit('inside');
    await leave;
    order.push('first leaves');
  });
  await inside;
  const second = withLock(
    path,
    async () => {
      order.push('second enters');
    },
    // It is known to wait now.
    () => signals.emit('leave'),
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first leaves', 'second enters']);
});

test('the lock of a process that was killed is taken over', async () => {
  const path = join(folder, 'lock');
  const script = join(folder, 'holder.mjs');
  const lockModule = join(import.meta.dirname, '../../scripts/setup/lock.mjs');
  writeFileSync(
    script,
    `import { withLock } from ${JSON.stringify(lockModule)};
     await withLock(${JSON.stringify(path)}, () => new Promise((resolve) => { process.send('held'); setInterval(resolve, 1 << 30); }));`,
  );
  const holder = fork(script);
  await new Promise((resolve) => holder.once('message', resolve));
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
  expect(await withLock(path, async () => 'mine')).toBe('mine');
});

test('the lock of a pid that now belongs to another process is taken over', async () => {
  const path = join(folder, 'lock');
  mkdirSync(path);
  writeFileSync(join(path, 'owner'), `${process.pid} 1`);
  expect(await withLock(path, async () => 'mine')).toBe('mine');
});

test('a lock folder that never got an owner is taken over', async () => {
  const path = join(folder, 'lock');
  mkdirSync(path);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  expect(await withLock(path, async () => 'mine')).toBe('mine');
});
