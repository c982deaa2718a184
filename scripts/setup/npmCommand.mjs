import { delimiter, join } from 'node:path';
import { repoRoot } from './paths.mjs';
import { requireCommand } from './runCommand.mjs';

/**
 * Runs the machine's own npm with its own configuration (registry, proxy, certificates).
 * @param {string} what @param {readonly string[]} args @param {{cwd: string, advice?: string}} options
 */
export function runNpm(what, args, options) {
  // Inside `npm run`, PATH begins with node_modules/.bin, whose `node` is what `npm ci` is about to delete.
  const ours = join(repoRoot, 'node_modules');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(ours));
  const env = { ...process.env, PATH: path.join(delimiter) };
  return requireCommand(what, 'npm', args, { ...options, env, shell: process.platform === 'win32' });
}
