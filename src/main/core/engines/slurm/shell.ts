import { spawn } from 'node:child_process';
import { statOf } from '../../processes/processTable.ts';
import { sendSignal } from '../../processes/signal.ts';

/** What came of a script that a shell was given. */
export interface CommandEnd {
  /** Its exit code; null when it did not run, was ended by a signal, or took too long. */
  readonly code: number | null;
  readonly stdout: string;
  /** What it wrote there, or why it did not run. */
  readonly stderr: string;
}

/** How a script is run. */
export interface ScriptOptions {
  readonly limitMs: number;
  /** Takes the output as it comes, instead of keeping it. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/** A POSIX shell on the machine where Slurm's commands are. */
export interface Shell {
  /** How it is reached, for people. */
  readonly words: string;
  /** Runs a script to its end or its limit; never throws. */
  run(script: string, options: ScriptOptions): Promise<CommandEnd>;
  /** Lets go of what it holds; scripts that run are left to end. */
  [Symbol.dispose](): void;
}

/** More than any answer that is kept as a text. */
const LONGEST_TEXT = 32 * 1024 * 1024;
const LONGEST_ERROR = 64 * 1024;

/** Runs a program with a script on its standard input. At the limit it is ended and the answer comes at once. */
export function runScript(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  script: string,
  { limitMs, onOutput }: ScriptOptions,
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: '/',
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const start = child.pid === undefined ? null : (statOf(child.pid)?.start ?? null);
    const parts: Buffer[] = [];
    let kept = 0;
    let stderr = '';
    const text = (): string => Buffer.concat(parts).toString('utf8');
    const limit = setTimeout(() => {
      // Not by the handle: every signal of the app takes the same way, with its checks.
      if (child.pid !== undefined && start !== null) sendSignal({ pid: child.pid, start }, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      resolve({ code: null, stdout: text(), stderr: `no answer within ${Math.round(limitMs / 1_000)} s` });
    }, limitMs);
    child.stdout.on('data', (chunk: Buffer) => {
      if (onOutput !== undefined) return onOutput(chunk);
      kept += chunk.length;
      if (kept <= LONGEST_TEXT) parts.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (stderr.length < LONGEST_ERROR) stderr += chunk;
    });
    child.once('error', (error) => {
      clearTimeout(limit);
      resolve({ code: null, stdout: '', stderr: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(limit);
      resolve({ code, stdout: text(), stderr });
    });
    // A program that ends early closes its input: what it said counts, not that.
    child.stdin.on('error', () => undefined);
    child.stdin.end(script);
  });
}

/** The shell of this machine. */
export function hostShell(environment: NodeJS.ProcessEnv): Shell {
  return {
    words: 'this host',
    run: (script, options) => runScript('sh', ['-s'], environment, script, options),
    [Symbol.dispose]() {
      // Nothing is held.
    },
  };
}
