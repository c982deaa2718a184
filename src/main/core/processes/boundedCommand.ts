import { spawn } from 'node:child_process';
import { statOf } from './processTable.ts';
import { sendSignal } from './signal.ts';

/** What came of a program that was run to its end or to its limit. */
export interface CommandAnswer {
  /** Null when it did not run, was ended by a signal, or took too long. */
  readonly code: number | null;
  readonly stdout: string;
  /** What it wrote there, or why it did not run. */
  readonly stderr: string;
}

/** Where and how long a program is run. */
export interface CommandBounds {
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly limitMs: number;
}

/** More than any answer we ask for; a program that runs wild must not fill the app's memory. */
const LONGEST_ANSWER = 256 * 1024;
const UNREAD_MS = 50;

/**
 * Runs a program with a limit and answers what it said; never throws. At the limit the answer comes at once, whether the
 * kernel lets go of the program or not.
 */
export function runBounded(
  program: string,
  options: readonly string[],
  { environment, cwd, limitMs }: CommandBounds,
): Promise<CommandAnswer> {
  return new Promise((resolve) => {
    const child = spawn(program, options, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const start = child.pid === undefined ? null : (statOf(child.pid)?.start ?? null);
    const heard = { stdout: '', stderr: '' };
    const giveUp = (): void => {
      // Not by the handle: every signal of the app takes the same way, with its checks.
      if (child.pid !== undefined && start !== null) sendSignal({ pid: child.pid, start }, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ code: null, stdout: heard.stdout, stderr: `${program} did not answer within ${limitMs} ms` });
    };
    // Where this process itself was busy, the answer may be there and unread.
    let limit = setTimeout(() => {
      limit = setTimeout(giveUp, UNREAD_MS);
    }, limitMs);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (heard[stream].length < LONGEST_ANSWER) heard[stream] += text;
      });
    }
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve({ code: null, stdout: '', stderr: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ code, ...heard });
    });
  });
}
