import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findInLog } from '../../../src/main/core/logs/findInLog.ts';
import type { Search } from '../../../src/main/core/logs/findInLog.ts';

const CHUNK = 4 * 1024 * 1024;
const NEVER = new AbortController().signal;

/** A log with that content, gone after the test. */
function logOf(content: string | Buffer): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-find-'));
  const path = join(folder, 'output.log');
  writeFileSync(path, content);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function next(path: string, text: string, over: Partial<Search> = {}): Promise<number | null> {
  return findInLog(path, { text, from: null, backwards: false, ...over }, NEVER);
}

test('every hit is found one after the other, in both directions', async () => {
  using log = logOf('loss=1\nLOSS=2\nloss=3\n');
  expect(await next(log.path, 'loss')).toBe(0);
  expect(await next(log.path, 'loss', { from: 1 })).toBe(14);
  expect(await next(log.path, 'loss', { from: 15 })).toBeNull();
  expect(await next(log.path, 'loss', { backwards: true })).toBe(14);
  expect(await next(log.path, 'loss', { backwards: true, from: 14 })).toBe(0);
  expect(await next(log.path, 'loss', { backwards: true, from: 0 })).toBeNull();
});

test('letters are found large and small when that is asked for, and bytes of other characters are not taken for them', async () => {
  using log = logOf('Loss=1\nÀ à\nloss.2\nLOSS+3\n');
  const any = { anyCase: true };
  expect(await next(log.path, 'loss', any)).toBe(0);
  expect(await next(log.path, 'lOSS', { ...any, from: 1 })).toBe(Buffer.byteLength('Loss=1\nÀ à\n'));
  expect(await next(log.path, 'loss', { ...any, backwards: true })).toBe(Buffer.byteLength('Loss=1\nÀ à\nloss.2\n'));
  expect(await next(log.path, 'loss+', any)).toBe(Buffer.byteLength('Loss=1\nÀ à\nloss.2\n'));
  expect(await next(log.path, 'à', { ...any })).toBe(Buffer.byteLength('Loss=1\nÀ '));
  expect(await next(log.path, 'xà', any)).toBeNull();
  const wide = Buffer.alloc(2 * CHUNK + 100, 'x');
  wide.write('NeeDle', CHUNK - 3);
  using long = logOf(wide);
  expect(await next(long.path, 'needle', any)).toBe(CHUNK - 3);
  expect(await next(long.path, 'needle', { ...any, backwards: true })).toBe(CHUNK - 3);
});

test('offsets are bytes, also behind characters of several', async () => {
  using log = logOf('größe 训练 ✓\nend');
  expect(await next(log.path, '训练')).toBe(Buffer.byteLength('größe '));
  expect(await next(log.path, 'end')).toBe(Buffer.byteLength('größe 训练 ✓\n'));
});

test('what lies across the border of two chunks is found, wherever it is cut', async () => {
  const needle = 'needle-across';
  for (let cut = 0; cut <= needle.length; cut += 1) {
    const content = Buffer.alloc(2 * CHUNK + 100, 'x');
    content.write(needle, CHUNK - cut);
    using log = logOf(content);
    expect(await next(log.path, needle)).toBe(CHUNK - cut);
    expect(await next(log.path, needle, { backwards: true })).toBe(CHUNK - cut);
    expect(await next(log.path, needle, { backwards: true, from: CHUNK + 50 })).toBe(CHUNK - cut);
  }
});

test('a file that is not there, an empty one and a place behind the end hold nothing', async () => {
  using log = logOf('');
  expect(await next(log.path, 'a')).toBeNull();
  expect(await next(`${log.path}.gone`, 'a')).toBeNull();
  using short = logOf('abc');
  expect(await next(short.path, 'a', { from: 10_000 })).toBeNull();
  expect(await next(short.path, 'c', { from: 10_000, backwards: true })).toBe(2);
});

test('a client that is gone ends the search', async () => {
  using log = logOf(Buffer.alloc(8 * CHUNK, 'x'));
  const gone = new AbortController();
  gone.abort();
  expect(await findInLog(log.path, { text: 'y', from: null, backwards: false }, gone.signal)).toBeNull();
});

test('it says what a search of the whole text in memory says', async () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'é'), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      few,
      fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 3 }),
      fc.nat(80),
      async (content, text, from) => {
        using log = logOf(content);
        const bytes = Buffer.from(content);
        const after = bytes.indexOf(Buffer.from(text), from);
        expect(await next(log.path, text, { from })).toBe(from < bytes.length && after >= 0 ? after : null);
        const before = from === 0 ? -1 : bytes.lastIndexOf(Buffer.from(text), from - 1);
        expect(await next(log.path, text, { from, backwards: true })).toBe(before >= 0 ? before : null);
      },
    ),
    { numRuns: 200 },
  );
});
