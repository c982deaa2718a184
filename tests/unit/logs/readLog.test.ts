import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readLog, untilLonger } from '../../../src/main/core/logs/readLog.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A new log file with this in it. */
function logOf(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.log`);
  writeFileSync(path, content);
  return path;
}

/** Reads a file in parts, as a client does, until nothing comes. */
async function inParts(path: string, limit: number, from = 0): Promise<string> {
  let text = '';
  let offset = from;
  for (;;) {
    const part = await readLog(path, offset, limit);
    if (part.nextOffset === offset) return text;
    text += part.text;
    offset = part.nextOffset;
  }
}

const anyText = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '█', '训', '🚂', '\r'), maxLength: 60 });

describe('reading a part of a log', () => {
  test('offsets are bytes, and the part says where the next one begins', async () => {
    const path = logOf('é1\n2\n');
    expect(await readLog(path, 0, 100)).toEqual({ text: 'é1\n2\n', offset: 0, nextOffset: 6, size: 6 });
    expect(await readLog(path, 4, 1)).toEqual({ text: '2', offset: 4, nextOffset: 5, size: 6 });
    expect(await readLog(path, 6, 100)).toEqual({ text: '', offset: 6, nextOffset: 6, size: 6 });
  });

  test('an offset beyond the end is the end', async () => {
    expect(await readLog(logOf('abc'), 99, 10)).toEqual({ text: '', offset: 3, nextOffset: 3, size: 3 });
  });

  test('a negative offset counts from the end; more than there is means all', async () => {
    const path = logOf('one\ntwo\n');
    expect(await readLog(path, -4, 100)).toEqual({ text: 'two\n', offset: 4, nextOffset: 8, size: 8 });
    expect(await readLog(path, -999, 100)).toMatchObject({ text: 'one\ntwo\n', offset: 0 });
  });

  test('a file that is not there, or is empty, is an empty log', async () => {
    const nothing = { text: '', offset: 0, nextOffset: 0, size: 0 };
    expect(await readLog(join(folder, 'nowhere.log'), 0, 100)).toEqual(nothing);
    expect(await readLog(join(folder, 'nowhere.log'), -100, 100)).toEqual(nothing);
    expect(await readLog(logOf(''), 0, 100)).toEqual(nothing);
  });

  test('starting from the end in the middle of a character leaves out its rest, and the offset says so', async () => {
    const path = logOf('🚂ab');
    for (const back of [3, 4, 5])
      expect(await readLog(path, -back, 100)).toEqual({ text: 'ab', offset: 4, nextOffset: 6, size: 6 });
  });

  test('bytes that are no UTF-8 are shown somehow and do not stop the reader', async () => {
    const path = logOf(Uint8Array.from([0x61, 0xe9, 0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0xff, 0xfe, 0x62, 0x0a]));
    const text = await inParts(path, 5);
    expect(text.replaceAll('\uFFFD', '')).toBe('a\nb\n');
  });
});

describe('characters cut at the border of a part', () => {
  test('are whole again when the parts are joined, for any text and any size of part', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer({ min: 4, max: 40 }), async (text, limit) => {
        const path = logOf(text);
        expect(await inParts(path, limit)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test('also when a client asks for fewer bytes than a character has', async () => {
    const path = logOf('a🚂é█b');
    for (const limit of [1, 2, 3])
      expect({ limit, text: await inParts(path, limit) }).toEqual({ limit, text: 'a🚂é█b' });
  });

  test('while it is being written: a follower that sees half a character waits for the rest', async () => {
    const bytes = Buffer.from('loss █ 0.5\n');
    const path = logOf(bytes.subarray(0, 6));
    const first = await readLog(path, 0, 100);
    expect(first).toMatchObject({ text: 'loss ', nextOffset: 5, size: 6 });
    const early = await readLog(path, first.nextOffset, 100);
    expect(early).toMatchObject({ text: '', nextOffset: 5 });
    appendFileSync(path, bytes.subarray(6));
    expect((await readLog(path, early.nextOffset, 100)).text).toBe('█ 0.5\n');
  });

  test('while it is being written, for any text written in any pieces: following it from the start or from the end is lossless', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.array(fc.nat({ max: 200 }), { maxLength: 6 }),
        fc.boolean(),
        async (text, cuts, fromEnd) => {
          const bytes = Buffer.from(text);
          const borders = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
            (a, b) => a - b,
          );
          const path = logOf('');
          let written = 0;
          let seen = '';
          let offset: number | null = null;
          for (const border of borders) {
            appendFileSync(path, bytes.subarray(written, border));
            written = border;
            const part = await readLog(path, offset ?? (fromEnd ? -1_000 : 0), 1_000);
            seen += part.text;
            offset = part.nextOffset;
            seen += await inParts(path, 1_000, offset);
            offset = (await readLog(path, offset, 1_000)).nextOffset;
          }
          expect(seen).toBe(text);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('waiting for a log to grow', () => {
  /** Longer than any test may take: whoever waits it out fails by the test's own limit. */
  const LONG_MS = 60_000;
  const never = new AbortController().signal;

  /** Until the end of the test: a watch has no sign of having begun, so one write could come too early. */
  function writeAgainAndAgain(path: string, text: string): void {
    const writing = setInterval(() => appendFileSync(path, text), 5);
    onTestFinished(() => clearInterval(writing));
  }

  test('wakes up when something is written', async () => {
    const path = logOf('one\n');
    const woken = untilLonger(path, 4, LONG_MS, never);
    writeAgainAndAgain(path, 'two\n');
    await woken;
    expect((await readLog(path, 4, 4)).text).toBe('two\n');
  });

  test('does not wait at all when there is more already', async () => {
    await untilLonger(logOf('one\ntwo\n'), 4, LONG_MS, never);
  });

  test('gives up after its time', async () => {
    await untilLonger(logOf('one\n'), 4, 1, never);
    await untilLonger(join(folder, 'nowhere.log'), 0, 1, never);
  });

  test('ends at once when the client goes', async () => {
    const client = new AbortController();
    const woken = untilLonger(logOf('one\n'), 4, LONG_MS, client.signal);
    setImmediate(() => client.abort());
    await woken;
  });

  test('ends at once for a client that has gone before', async () => {
    await untilLonger(logOf('one\n'), 4, LONG_MS, AbortSignal.abort());
  });

  test('wakes up when a log that was not there yet appears: its first lines are not late by the whole wait', async () => {
    const path = join(folder, 'later.log');
    const woken = untilLonger(path, 0, LONG_MS, never);
    writeAgainAndAgain(path, 'first\n');
    await woken;
  });
});
