import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { someAtOnce } from './someAtOnce.ts';

/** What the file system calls a block in `stat`, whatever its real size is. */
const BLOCK_BYTES = 512;

/**
 * The bytes that a file or a folder with all that is in it takes on disk. Links are counted and not followed; what is gone
 * meanwhile counts nothing. Throws the signal's reason when it is aborted.
 */
export async function bytesOf(path: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const found = await lstat(path).catch(whenGone);
  if (found === null) return 0;
  const bytes = (found.blocks as number | undefined) === undefined ? found.size : found.blocks * BLOCK_BYTES;
  if (!found.isDirectory()) return bytes;
  const names = (await readdir(path).catch(whenGone)) ?? [];
  const inside = await someAtOnce(names, (name) => bytesOf(join(path, name), signal));
  return inside.reduce((sum, each) => sum + each, bytes);
}

/** Null for what is not there (any more), or may not be looked into. */
export function whenGone(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
  throw error;
}
