import { isAlive, statOf } from './processTable.ts';
import type { ProcessName } from './processTable.ts';

/** What became of a signal. `refused`: it would have gone to something that must never be signalled. */
export type SignalResult = 'sent' | 'gone' | 'not-permitted' | 'refused';

/**
 * Sends a signal to exactly that process. Every signal of the app goes through here.
 * The start time is read again right before sending, so a number that was given to another process is left alone.
 * Never to pid ≤ 1, to this process or to one of its ancestors.
 */
export function sendSignal(target: ProcessName, signal: NodeJS.Signals): SignalResult {
  if (!Number.isSafeInteger(target.pid) || target.pid <= 1 || ancestry().has(target.pid)) return 'refused';
  if (!isAlive(target)) return 'gone';
  try {
    process.kill(target.pid, signal);
    return 'sent';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ESRCH') return 'gone';
    if (code === 'EPERM') return 'not-permitted';
    throw error;
  }
}

/** This process and everything above it: signalling one of them would end the app or the user's session. */
function ancestry(): ReadonlySet<number> {
  const found = new Set<number>([process.pid]);
  for (let pid = process.ppid; pid > 0 && !found.has(pid); pid = statOf(pid)?.parent ?? 0) found.add(pid);
  return found;
}
