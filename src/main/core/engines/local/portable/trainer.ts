import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statOf } from '../../../processes/processTable.ts';
import type { ProcessName } from '../../../processes/processTable.ts';
import { RUN_TAG, RUNNER_ONLY } from '../../../runs/runEnvironment.ts';
import type { RunnerOptions } from './options.ts';
import { findProgram, startErrorOf } from './startError.ts';
import type { StartError } from './startError.ts';

/** How main ended: exactly one of the two is not null. */
export interface MainEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Unix ms. */
  readonly at: number;
}

/** A trainer that runs. */
export interface Trainer extends ProcessName {
  readonly ended: Promise<MainEnd>;
}

/** Starts the trainer in its own session, its output straight in output.log; it runs when this returns. */
export async function startTrainer(options: RunnerOptions): Promise<Trainer | StartError> {
  const { directory, cwd, run } = options;
  const [name, ...rest] = options.command;
  const env = trainerEnvironment(process.env, run);
  const file = findProgram(name, cwd, env['PATH']);
  if (typeof file !== 'string') return file;
  let log: number;
  try {
    log = openSync(join(directory, 'output.log'), 'a', 0o600);
  } catch (error) {
    return startErrorOf('log', error);
  }
  try {
    // A list of arguments, never a shell.
    const child = spawn(file, rest, {
      argv0: name,
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log],
      windowsHide: true,
    });
    const { pid } = child;
    const ended = new Promise<MainEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal, at: Date.now() }));
    });
    if (pid === undefined) {
      const error = await new Promise((resolve) => child.once('error', resolve));
      return startErrorOf('exec', error);
    }
    offerToMemoryKiller(pid);
    return { pid, start: statOf(pid)?.start ?? '0', ended };
  } catch (error) {
    // Node throws what is not one of the few errors it expects: too long a command line, a program in no known format.
    return startErrorOf('exec', error);
  } finally {
    closeSync(log);
  }
}

/** What the trainer gets: all but what was meant for this runner alone, and the tag by which members are found. */
function trainerEnvironment(own: NodeJS.ProcessEnv, run: string): NodeJS.ProcessEnv {
  const kept = new Set([RUNNER_ONLY, ...(own[RUNNER_ONLY] ?? '').split(',').map((name) => name.trim())]);
  const passed = Object.entries(own).filter(([name]) => !kept.has(name));
  return { ...Object.fromEntries(passed), [RUN_TAG]: run };
}

/** The kernel's memory killer should take the trainer before it takes anything of the desktop; best effort. */
function offerToMemoryKiller(pid: number): void {
  const path = `/proc/${pid}/oom_score_adj`;
  try {
    writeFileSync(path, String(Math.min(1000, Number(readFileSync(path, 'utf8')) + 500)));
  } catch {
    // Not Linux, or it has ended already.
  }
}
