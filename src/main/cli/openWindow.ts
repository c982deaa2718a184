import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applicationRoot } from '../paths.ts';
import { connect, NoCoreError } from './client.ts';

/** What came of opening the window, in words. */
export interface Opening {
  readonly opened: boolean;
  readonly message: string;
}

/** How the app is started here. */
interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const OPENED = {
  app: 'The window comes to the front.',
  headless: 'The window opens and shows the core that runs there without one.',
  none: 'The window opens.',
} as const;

/**
 * Starts the app on the data folder, detached. An app that runs there already brings its window to the front instead; a
 * headless core that runs there goes on, and the window shows it.
 */
export async function openWindow(dataFolder: string): Promise<Opening> {
  const launch = launchOf(applicationRoot());
  if (launch === null)
    return {
      opened: false,
      message: 'No Electron runtime is set up in this clone. Run `npm run setup`, then `npm start`.',
    };
  const core = await runningCore(dataFolder);
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return {
      opened: false,
      message: `There is no display here. ${isPackaged() ? '' : '`npm start` makes a virtual one; '}\`trainyard serve\` needs none.`,
    };
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const child = spawn(launch.command, launch.args, {
    detached: true,
    stdio: 'ignore',
    env: { ...env, ...launch.env, TRAINYARD_HOME: dataFolder },
  });
  const problem = await new Promise<Error | null>((resolve) => {
    child.once('error', resolve);
    child.once('spawn', () => resolve(null));
  });
  if (problem !== null) return { opened: false, message: `The app could not be started: ${problem.message}` };
  child.unref();
  return { opened: true, message: OPENED[core] };
}

async function runningCore(dataFolder: string): Promise<keyof typeof OPENED> {
  try {
    const { body } = await connect(dataFolder).request('GET', '/api/health');
    return body['window'] === false ? 'headless' : 'app';
  } catch (error) {
    if (error instanceof NoCoreError) return 'none';
    throw error;
  }
}

function isPackaged(): boolean {
  return process.versions['electron'] !== undefined;
}

/** From a clone: the runtime that set-up made ready. In a package this very program is the app's runtime. */
function launchOf(root: string): Launch | null {
  const path = join(root, 'node_modules', '.cache', 'trainyard', 'runtime.json');
  if (existsSync(path)) {
    const runtime = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly executable: string;
      readonly electronArgs: readonly string[];
      readonly sqliteBinding: string | null;
    };
    if (!existsSync(runtime.executable)) return null;
    return {
      command: runtime.executable,
      args: [...runtime.electronArgs, root],
      env: runtime.sqliteBinding === null ? {} : { TRAINYARD_SQLITE_BINDING: runtime.sqliteBinding },
    };
  }
  return isPackaged() ? { command: process.execPath, args: [], env: {} } : null;
}
