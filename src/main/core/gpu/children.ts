import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { deferred } from './deferred.ts';
import type { RunOutcome } from './nvidia-smi-parser/types.ts';

/** One nvidia-smi process. */
export interface Child {
  /** How it ended, with all it printed that `onText` did not take. Resolves at once when it is killed. */
  readonly ended: Promise<RunOutcome>;
  /** Kills this process and nothing else. `timedOut` tells {@link Child.ended} why. */
  readonly kill: (why: 'timed-out' | 'not-needed') => void;
}

/** Starts nvidia-smi processes and knows which of those it killed the kernel has not let go yet. */
export interface Children {
  readonly start: (request: {
    readonly path: string;
    readonly args: readonly string[];
    /** Takes the output as it comes; without it the output is kept for `ended`. */
    readonly onText?: (text: string) => void;
  }) => Child;
  /** Whether a killed process is still there: then the driver hangs, and another process would hang as well. */
  readonly blocked: () => boolean;
  /** Resolves when nothing that was killed is left, or after `ms`. */
  readonly free: (ms: number) => Promise<void>;
  /** Kills all that still run, starts nothing more, and resolves like {@link Children.free}. */
  readonly close: (ms: number) => Promise<void>;
}

/** More than any machine prints; a runaway program must not fill the app's memory. */
const MAX_OUTPUT_CHARACTERS = 8 * 1024 * 1024;
/** A process that has exited may have left the pipe open in a child of its own (a wrapper script): its rest is not waited for. */
const DRAIN_MS = 300;

/** Starts every process with `env` in the C locale: translated numbers and messages could not be read. */
export function createChildren(env: Readonly<Record<string, string | undefined>>): Children {
  const running = new Set<Child>();
  const condemned = new Set<Promise<void>>();
  let closed = false;

  function start({ path: file, args, onText }: Parameters<Children['start']>[0]): Child {
    if (closed)
      return { ended: Promise.resolve(notStarted(new Error('the monitor is closed'))), kill: () => undefined };
    let stdout = '';
    let stderr = '';
    let process: ChildProcessByStdio<null, Readable, Readable>;
    try {
      process = spawn(file, args, {
        // The app's own folder may be gone, and spawn would then report ENOENT as if nvidia-smi were missing.
        cwd: path.parse(globalThis.process.execPath).root,
        env: { ...env, LC_ALL: 'C', LANG: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
    } catch (error) {
      return { ended: Promise.resolve(notStarted(error)), kill: () => undefined };
    }
    const settled = deferred<RunOutcome>();
    const gone = deferred<void>();
    let exit: { readonly exitCode: number | null; readonly signal: string | null } = { exitCode: null, signal: null };
    const settle = (timedOut: boolean): void => {
      settled.resolve({ ...exit, stdout, stderr, timedOut, spawnError: null });
      running.delete(child);
    };
    const child: Child = {
      ended: settled.promise,
      kill: (why) => {
        if (!running.has(child)) return;
        condemned.add(gone.promise);
        void gone.promise.then(() => condemned.delete(gone.promise));
        process.kill('SIGKILL');
        settle(why === 'timed-out');
        process.stdout.destroy();
        process.stderr.destroy();
      },
    };
    running.add(child);
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (onText !== undefined) onText(text);
      else if (stdout.length < MAX_OUTPUT_CHARACTERS) stdout += text;
      else child.kill('not-needed');
    });
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < MAX_OUTPUT_CHARACTERS) stderr += text;
    });
    process.on('exit', (exitCode, signal) => {
      exit = { exitCode, signal };
      gone.resolve();
      setTimeout(() => settle(false), DRAIN_MS).unref();
    });
    process.on('close', () => settle(false));
    process.on('error', (error) => {
      if (process.pid !== undefined) return;
      settled.resolve(notStarted(error));
      running.delete(child);
      gone.resolve();
    });
    return child;
  }

  async function free(ms: number): Promise<void> {
    if (condemned.size === 0) return;
    const limit = deferred<void>();
    const timer = setTimeout(() => limit.resolve(), ms);
    await Promise.race([Promise.all(condemned), limit.promise]);
    clearTimeout(timer);
  }

  return {
    start,
    blocked: () => condemned.size > 0,
    free,
    close: (ms) => {
      closed = true;
      for (const child of running) child.kill('not-needed');
      return free(ms);
    },
  };
}

function notStarted(error: unknown): RunOutcome {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: null, signal: null, stdout: '', stderr: '', timedOut: false, spawnError: { code, message } };
}
