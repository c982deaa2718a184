import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/**
 * One hash over names and contents of files and whole folders below `root`; what is not there counts as absent.
 * @param {string} root @param {readonly string[]} names
 */
export function contentHash(root, names) {
  const hash = createHash('sha256');
  for (const name of names) addTo(hash, root, name);
  return hash.digest('hex');
}

/** @param {import('node:crypto').Hash} hash @param {string} root @param {string} name */
function addTo(hash, root, name) {
  const path = join(root, name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) {
    for (const entry of readdirSync(path).sort()) addTo(hash, root, `${name}/${entry}`);
  } else if (stat.isFile()) {
    const content = readFileSync(path);
    // Length first, so that no two different sets of files can read the same.
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
}

/** The sha512 of a file in npm's notation (`sha512-<base64>`), read as a stream. @param {string} path */
export async function npmIntegrity(path) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest('base64')}`;
}
