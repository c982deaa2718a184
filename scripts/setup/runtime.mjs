import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectCache, repoRoot } from './paths.mjs';
import { writeStamp } from './stamp.mjs';

const runtimePath = join(projectCache, 'runtime.json');

/**
 * The Electron that set-up has made ready.
 * @typedef {object} Runtime
 * @property {'official' | 'stand-in'} kind
 * @property {string} executable absolute path
 * @property {string} version of Electron
 * @property {string[]} electronArgs to be put before the app's folder, such as --no-sandbox for root
 * @property {string | null} sqliteBinding absolute path of the better-sqlite3 build it needs, null when the packaged one works
 */

/** The runtime of the last set-up. @returns {Runtime} @throws when there is none, with what to do */
export function readRuntime() {
  const runtime = findRuntime();
  if (!runtime) throw new Error('No Electron runtime is set up in this clone. Run `npm run setup` first.');
  return runtime;
}

/** The runtime of the last set-up, or null when there is none or it is no longer on disk. @returns {Runtime | null} */
export function findRuntime() {
  try {
    /** @type {Runtime} */
    const runtime = JSON.parse(readFileSync(runtimePath, 'utf8'));
    const files = [runtime.executable, runtime.sqliteBinding].filter((file) => file !== null);
    return files.every((file) => existsSync(file)) ? runtime : null;
  } catch {
    return null;
  }
}

/** @param {Runtime} runtime */
export function writeRuntime(runtime) {
  writeStamp(runtimePath, `${JSON.stringify(runtime, null, 2)}\n`);
}

/** How to start the app on a runtime: command, arguments and what the environment must have besides. @param {Runtime} runtime */
export function appCommand(runtime) {
  return {
    command: runtime.executable,
    args: [...runtime.electronArgs, repoRoot],
    env: runtime.sqliteBinding ? { TRAINYARD_SQLITE_BINDING: runtime.sqliteBinding } : {},
  };
}
