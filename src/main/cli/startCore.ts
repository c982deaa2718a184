import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, NoCoreError } from './client.ts';
import { ownCommand } from './ownCommand.ts';

const START_LIMIT_MS = 15_000;
const LOOK_AGAIN_MS = 20;

/** Starts a headless core on the folder, detached from this terminal, unless one answers. Throws {@link NoCoreError} when none comes up. */
export async function startCore(dataFolder: string): Promise<void> {
  if (await answers(dataFolder)) return;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const log = openSync(join(dataFolder, 'serve.log'), 'a', 0o600);
  const { command, environment } = ownCommand();
  const [program = '', ...words] = command;
  const child = spawn(program, [...words, 'serve'], {
    detached: true,
    // Not this folder: it may be one that somebody wants to unmount.
    cwd: '/',
    stdio: ['ignore', log, log],
    env: { ...process.env, ...environment, TRAINYARD_HOME: dataFolder },
  });
  child.unref();
  // Two terminals may do this at once: one core gets the folder, and both find that one.
  for (let waited = 0; waited < START_LIMIT_MS; waited += LOOK_AGAIN_MS) {
    await sleep(LOOK_AGAIN_MS);
    if (await answers(dataFolder)) return;
  }
  throw new NoCoreError(
    dataFolder,
    `the core that was started does not answer; ${join(dataFolder, 'serve.log')} says why`,
  );
}

async function answers(dataFolder: string): Promise<boolean> {
  try {
    return (await connect(dataFolder).request('GET', '/api/health')).status === 200;
  } catch (error) {
    if (error instanceof NoCoreError) return false;
    throw error;
  }
}
