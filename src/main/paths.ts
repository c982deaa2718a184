import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { RunnerLocations } from './core/engines/local/runnerCommand.ts';

/** The data folder: TRAINYARD_HOME, or this platform's place for application data. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['TRAINYARD_HOME'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  switch (process.platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Trainyard');
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Trainyard');
    default:
      return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'trainyard');
  }
}

/** What ships with the app. */
export interface ShippedFiles {
  readonly samples: string;
  readonly runners: RunnerLocations;
}

/** Where shipped files are: `root` is the clone or the application's archive, beside which programs and data lie as files. */
export function shippedFiles(root: string): ShippedFiles {
  const files = root.endsWith('.asar') ? `${root}.unpacked` : root;
  return {
    samples: join(files, 'resources', 'samples'),
    runners: {
      native: join(files, 'out', 'runner', `${process.platform}-${process.arch}`, 'trainyard-runner'),
      portable: join(root, 'out', 'main', 'portableRunner.js'),
    },
  };
}

/** The clone or the application's archive: the nearest folder above this code with a package.json; bundling moves code between folders. */
export function applicationRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${import.meta.dirname}`);
  }
}

/** The version in package.json, the one place where it stands. */
export function applicationVersion(root: string): string {
  const parsed: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : '0';
}
