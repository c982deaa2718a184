import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** The signals a terminal sends to everybody in its foreground group. */
const fromTerminal = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP']);

/**
 * Runs a command as if it were this process: it has our terminal, gets our signals, and its end is the result, as an
 * exit code (128 + signal number when a signal ended it).
 * @param {string} command @param {readonly string[]} args
 * @param {{env?: NodeJS.ProcessEnv, cwd?: string, killAfterMs?: number}} [options] with `killAfterMs`, SIGKILL that long
 * after the first signal
 * @returns {Promise<number>}
 */
export function runInForeground(command, args, { env, cwd, killAfterMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: env ?? process.env, cwd });
    /** @type {NodeJS.Timeout | undefined} */
    let limit;
    const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
      // Ctrl-C in a terminal has reached the child already; twice would be "at once" to it.
      if (!(hasTerminal() && fromTerminal.has(signal))) child.kill(signal);
      if (killAfterMs !== undefined) limit ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    };
    for (const signal of passedOn) process.on(signal, onSignal);
    const cleanUp = () => {
      clearTimeout(limit);
      for (const signal of passedOn) process.off(signal, onSignal);
    };
    child.on('error', (error) => {
      cleanUp();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      cleanUp();
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

function hasTerminal() {
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
}
