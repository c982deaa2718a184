import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { needleFor } from './needle.ts';
import type { Needle } from './needle.ts';

/** Large enough that a read costs little beside its bytes, small enough that a search of one takes a millisecond. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** What is looked for in a log. */
export interface Search {
  readonly text: string;
  /** Byte to begin at; null is the beginning of the file, and backwards its end. */
  readonly from: number | null;
  /** Towards the beginning: the last place that begins before `from`. */
  readonly backwards: boolean;
  /** The letters a to z are found large and small; else all is found as it is written. */
  readonly anyCase?: boolean;
}

/**
 * The byte at which `text` begins next (UTF-8), or null where there is none. Reads in chunks and never
 * blocks for longer than one takes; ends with null soon after `signal` is aborted. A log that is not there holds nothing.
 */
export async function findInLog(path: string, search: Search, signal: AbortSignal): Promise<number | null> {
  const needle = needleFor(search.text, search.anyCase ?? false);
  if (needle.bytes === 0) return null;
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = await file.stat();
    return search.backwards
      ? await findLast(file, needle, Math.min(search.from ?? size, size), size, signal)
      : await findNext(file, needle, search.from ?? 0, size, signal);
  } finally {
    await file.close();
  }
}

/** Two buffers: while one is searched the next one is being read. */
async function findNext(
  file: FileHandle,
  needle: Needle,
  from: number,
  size: number,
  signal: AbortSignal,
): Promise<number | null> {
  // What is cut at the end of a chunk is whole in the next one.
  const step = CHUNK_BYTES - needle.bytes + 1;
  const read = readerOf(file, size);
  let next = read(from, from + CHUNK_BYTES, 0);
  for (let at = from, turn = 1; at < size && !signal.aborted; at += step, turn += 1) {
    const chunk = await next;
    next = read(at + step, at + step + CHUNK_BYTES, turn % 2);
    const found = needle.firstIn(chunk);
    if (found < 0) continue;
    await next;
    return at + found;
  }
  await next;
  return null;
}

async function findLast(
  file: FileHandle,
  needle: Needle,
  before: number,
  size: number,
  signal: AbortSignal,
): Promise<number | null> {
  const read = readerOf(file, size);
  for (let end = before; end > 0 && !signal.aborted; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES);
    // It begins in this chunk and may end in the one after.
    const chunk = await read(start, end + needle.bytes - 1, 0);
    const found = needle.lastIn(chunk);
    if (found >= 0) return start + found;
  }
  return null;
}

/** Reads the bytes from `from` to `to`, or to the end of the file, into one of two buffers. */
function readerOf(file: FileHandle, size: number): (from: number, to: number, which: number) => Promise<Buffer> {
  const buffers: Buffer[] = [];
  return async (from, to, which) => {
    const length = Math.max(0, Math.min(to, size) - from);
    if (length === 0) return Buffer.alloc(0);
    const buffer = (buffers[which] ??= Buffer.allocUnsafe(Math.min(size, CHUNK_BYTES + MOST_NEEDLE_BYTES)));
    const { bytesRead } = await file.read(buffer, 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
}

/** A text of the 1000 characters that the contract allows. */
const MOST_NEEDLE_BYTES = 4_000;
