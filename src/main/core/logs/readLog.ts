import { basename, dirname } from 'node:path';
import { existsSync, watch } from 'node:fs';
import { open, stat } from 'node:fs/promises';

const LONGEST_CHARACTER = 4;
/** A part of a file as text, with byte offsets. */
export interface FilePart {
  readonly text: string;
  readonly offset: number;
  readonly nextOffset: number;
  readonly size: number;
}

/**
 * Reads at most `limit` bytes from `offset` (negative: from the end). A file that is not there is empty.
 * A character that is cut at the end of the part is left for the next one, so that parts can be joined.
 */
export async function readLog(path: string, offset: number, limit: number, ended = false): Promise<FilePart> {
  const size = await sizeOf(path);
  const from = Math.min(size, offset < 0 ? Math.max(0, size + offset) : offset);
  if (size === from) return { text: '', offset: from, nextOffset: from, size };
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(Math.max(limit, LONGEST_CHARACTER), size - from));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    const bytes = buffer.subarray(0, bytesRead);
    // Starting from the end may cut into a character: its rest is left out.
    const start = offset < 0 ? continuationBytes(bytes) : 0;
    const asked = bytes.subarray(0, limit);
    const whole = ended && from + asked.length >= size ? asked.length : wholeCharacters(asked);
    const end = whole > 0 ? whole : wholeCharacters(bytes.subarray(0, charLength(bytes[0] ?? 0)));
    return { text: bytes.subarray(start, end).toString('utf8'), offset: from + start, nextOffset: from + end, size };
  } finally {
    await file.close();
  }
}

/** Resolves when the file has more than `size` bytes or after `waitMs`; `signal` ends the wait at once. */
export async function untilLonger(path: string, size: number, waitMs: number, signal: AbortSignal): Promise<void> {
  if ((await sizeOf(path)) > size) return;
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    let watcher: ReturnType<typeof watch> | null = null;
    try {
      watcher = existsSync(path)
        ? watch(path, done)
        : watch(dirname(path), (_, name) => {
            if (name === null || name === basename(path)) done();
          });
      watcher.on('error', done);
    } catch {
      // The file is not there yet: the client asks again.
    }
    signal.addEventListener('abort', done);
    // It may have grown between the first look and the watch.
    void sizeOf(path).then((now) => {
      if (now > size) done();
    });
  });
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function continuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && count < bytes.length && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

/** Length of `bytes` without a character that is cut at its end; all of it when it is no UTF-8 anyway. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = charLength(byte);
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function charLength(byte: number): number {
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}
