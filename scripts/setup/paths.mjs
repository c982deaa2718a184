import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone this script belongs to. */
export const repoRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Stamps and runtime.json of this clone; npm ci empties it, which is right: everything in it is about node_modules. */
export const projectCache = join(repoRoot, 'node_modules', '.cache', 'trainyard');

/** The pinned Node 24, as a real file: `node_modules/.bin/node` is only a link to it. */
export const pinnedNode = join(
  repoRoot,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/** The per-user cache that all clones share. */
export function userCache(env = process.env, platform = process.platform) {
  if (env.TRAINYARD_CACHE) return resolve(env.TRAINYARD_CACHE);
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'trainyard');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'trainyard', 'Cache');
  // The XDG specification says a relative value is to be ignored.
  const base = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'trainyard');
}
