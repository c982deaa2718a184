import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { RunnerLocations } from './core/engines/local/runnerCommand.ts';

/** Lists of folders that an AppImage's launcher puts its own in front of. */
const LISTS = ['PATH', 'LD_LIBRARY_PATH', 'XDG_DATA_DIRS'];
/** Its own words, but for APPIMAGE, by which the updater finds the file to replace. */
const OWN_WORDS = ['APPDIR', 'ARGV0', 'OWD', 'GSETTINGS_SCHEMA_DIR'];

/** Takes back what an AppImage's launcher did to the environment: runs would inherit it, libraries first of all. */
export function leaveAppImage(env: NodeJS.ProcessEnv): void {
  const mount = env['APPDIR'];
  if (env['APPIMAGE'] === undefined || mount === undefined || mount === '') return;
  for (const name of LISTS) {
    const folders = env[name]?.split(delimiter).filter((folder) => folder !== mount && !folder.startsWith(`${mount}/`));
    if (folders === undefined) continue;
    if (folders.join('') === '') delete env[name];
    else env[name] = folders.join(delimiter);
  }
  for (const name of OWN_WORDS) delete env[name];
}

/**
 * The runners as they outlast the app. An AppImage is a mount that ends with the app, and with it every program in it: there
 * the native runner is copied into the data folder, and the copy is used. Throws when it cannot be copied.
 */
export function outlastingRunners(
  runners: RunnerLocations,
  dataFolder: string,
  env: NodeJS.ProcessEnv = process.env,
): RunnerLocations {
  if (env['APPIMAGE'] === undefined || !statSync(runners.native, { throwIfNoEntry: false })) return runners;
  const folder = join(dataFolder, 'runner');
  const copy = join(folder, 'trainyard-runner');
  if (!isSame(runners.native, copy)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyFileSync(runners.native, `${copy}.draft`);
    chmodSync(`${copy}.draft`, 0o700);
    // A run in progress keeps the old program: a rename never touches it.
    renameSync(`${copy}.draft`, copy);
  }
  return { ...runners, native: copy };
}

function isSame(one: string, other: string): boolean {
  return statSync(other, { throwIfNoEntry: false }) !== undefined && readFileSync(one).equals(readFileSync(other));
}
