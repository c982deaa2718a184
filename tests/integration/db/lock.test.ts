import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { lockFolder } from '../../../src/main/core/db/lock.ts';
import { SHIPPED, TestFolder } from './folder.ts';

const LOCK_MODULE = join(import.meta.dirname, '../../../src/main/core/db/lock.ts');
const HOLD = `
  const { lockFolder } = await import(process.argv[1]);
  const lock = lockFolder(process.argv[2], { nativeBinding: null });
  console.log(lock === null ? 'refused' : 'held');
  setInterval(() => {}, 60_000);
`;

/** Another process that takes the lock; resolves when it has said how that went. */
async function otherProcess(
  path: string,
): Promise<{ readonly child: ChildProcessByStdio<null, Readable, null>; readonly said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLD, LOCK_MODULE, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

async function killed(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a folder is held once, and free again after the holder lets go', () => {
  using folder = new TestFolder();
  const path = folder.at('core.lock');
  const first = lockFolder(path, SHIPPED);
  expect(first).not.toBeNull();
  expect(lockFolder(path, SHIPPED)).toBeNull();
  // A refused attempt does not loosen the hold.
  expect(lockFolder(path, SHIPPED)).toBeNull();
  first?.[Symbol.dispose]();
  using second = lockFolder(path, SHIPPED);
  expect(second).not.toBeNull();
});

test('another process that holds it keeps this one out, and a SIGKILL leaves no stale lock', async () => {
  using folder = new TestFolder();
  const path = folder.at('core.lock');
  const { child, said } = await otherProcess(path);
  try {
    expect(said).toBe('held');
    expect(lockFolder(path, SHIPPED)).toBeNull();
  } finally {
    await killed(child);
  }
  using lock = lockFolder(path, SHIPPED);
  expect(lock).not.toBeNull();
});

test('this process keeps another one out', async () => {
  using folder = new TestFolder();
  using lock = lockFolder(folder.at('core.lock'), SHIPPED);
  expect(lock).not.toBeNull();
  const { child, said } = await otherProcess(folder.at('core.lock'));
  await killed(child);
  expect(said).toBe('refused');
});

test('two folders do not know of each other', () => {
  using one = new TestFolder();
  using two = new TestFolder();
  using first = lockFolder(one.at('core.lock'), SHIPPED);
  using second = lockFolder(two.at('core.lock'), SHIPPED);
  expect(first).not.toBeNull();
  expect(second).not.toBeNull();
});

test('a folder that cannot be written is an error, not “held by another”', () => {
  using folder = new TestFolder();
  expect(() => lockFolder(folder.at('no/such/core.lock'), SHIPPED)).toThrow('directory does not exist');
});

test('a lock is held even when its holder forgets the handle: garbage collection does not let go', async () => {
  using folder = new TestFolder();
  const path = folder.at('core.lock');
  const forget = `
    const { lockFolder } = await import(process.argv[1]);
    const options = { nativeBinding: null };
    (() => lockFolder(process.argv[2], options))();
    gc();
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    console.log(lockFolder(process.argv[2], options) === null ? 'held' : 'lost');
  `;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', forget, LOCK_MODULE, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('held');
});
