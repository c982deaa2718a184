import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { StepFailure } from './stepFailure.mjs';

const keptOutputBytes = 16 * 1024;
const shownLines = 15;

/**
 * Runs a command to its end and keeps the last 16 KiB of what it printed. Never rejects: a command that does not exist
 * has code 127, one that was stopped at the time limit has `timedOut`.
 * @param {string} command @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, limitMs?: number, shell?: boolean}} [options]
 * @returns {Promise<{code: number, output: string, timedOut: boolean}>}
 */
export function runCommand(command, args, { cwd, env, limitMs, shell = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let timedOut = false;
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-keptOutputBytes);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    // A set-up that is stopped half-way takes its compiler or download with it.
    const stopWithUs = () => child.kill('SIGTERM');
    process.on('exit', stopWithUs);
    const limit =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill('SIGKILL');
          }, limitMs);
    const end = (/** @type {number} */ code) => {
      clearTimeout(limit);
      process.off('exit', stopWithUs);
      resolve({ code, output, timedOut });
    };
    child.on('error', (error) => {
      output += error.message;
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

/**
 * Runs a command and turns any other end than exit code 0 into a StepFailure that names it.
 * @param {string} what the sentence for people, such as "npm ci failed"
 * @param {string} command @param {readonly string[]} args
 * @param {Parameters<typeof runCommand>[2] & {advice?: string}} [options]
 */
export async function requireCommand(what, command, args, options = {}) {
  const result = await runCommand(command, args, options);
  if (result.code === 0) return result.output;
  throw new StepFailure(
    result.timedOut ? `${what}: no end within ${options.limitMs} ms` : `${what} (exit code ${result.code})`,
    {
      advice: options.advice,
      output: lastLines(result.output),
    },
  );
}

/** The end of a long output, for people. @param {string} output */
export function lastLines(output) {
  return stripVTControlCharacters(output).trimEnd().split('\n').slice(-shownLines).join('\n');
}
