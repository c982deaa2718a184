import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { userCache } from './paths.mjs';

const unfinished = 'unfinished-';

/**
 * Fills a folder of the user's cache all or nothing: `fill` works in a temporary folder beside it, which takes the
 * final name in one rename. Call it with the cache's lock held: what killed set-ups left behind is swept here.
 * @param {string} name @param {(folder: string) => Promise<void>} fill
 */
export async function fillCacheFolder(name, fill) {
  const cache = userCache();
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    if (entry.startsWith(unfinished)) rmSync(join(cache, entry), { recursive: true, force: true });
  }
  const temporary = mkdtempSync(join(cache, unfinished));
  const sweep = () => rmSync(temporary, { recursive: true, force: true });
  process.on('exit', sweep);
  try {
    await fill(temporary);
    const final = join(cache, name);
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
  } finally {
    process.off('exit', sweep);
    sweep();
  }
}
