import { spawn } from 'node:child_process';
import type { Message } from './delivery.ts';

/** A hook that takes longer is ended: the next one waits for it. */
const HOOK_LIMIT_MS = 60_000;

/** Runs the user's command for one message, its JSON on stdin. Resolves with what went wrong, or null. Never throws. */
export function runHook(command: readonly string[], message: Message, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const [program = '', ...words] = command;
    const child = spawn(program, words, {
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
      timeout: HOOK_LIMIT_MS,
      killSignal: 'SIGKILL',
      signal,
      env: {
        ...process.env,
        TRAINYARD_EVENT: message.kind,
        TRAINYARD_EVENT_NUMBER: String(message.seq),
        TRAINYARD_JOB_ID: message.jobId,
        TRAINYARD_STATUS: message.status,
      },
    });
    child.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    child.once('exit', (code, ended) => {
      if (code === 0) resolve(null);
      else resolve(code === null ? `ended by ${String(ended)}` : `exit code ${code}`);
    });
    // A hook need not read what it is told.
    child.stdin?.on('error', () => {});
    child.stdin?.end(message.body);
  });
}
