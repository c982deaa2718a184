import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where V8 keeps compiled code of the terminal's commands: the user's own cache, not a folder that others can write. */
export function compileCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['TRAINYARD_CACHE'];
  if (chosen !== undefined && chosen !== '') return join(chosen, 'compiled');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'trainyard', 'compiled');
  if (process.platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Trainyard', 'Cache', 'compiled');
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'trainyard', 'compiled');
}
