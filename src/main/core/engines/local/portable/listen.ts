import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { ControlReader } from '../runnerFiles.ts';
import type { StopRequests, StopSignal } from './stopRequests.ts';

/** A file system may lose a watch, or have none. */
const CONTROL_POLL_MS = 200;
const STOP_SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** From now on these signals do not end this process but go to `requests`. */
export function listenToSignals(requests: StopRequests): void {
  for (const signal of STOP_SIGNALS) process.on(signal, () => requests.signalled(signal));
}

/** Reads the control file at once and whenever it grows; disposing ends that. */
export function listenToControl(directory: string, requests: StopRequests): Disposable {
  const path = join(directory, 'control');
  const reader = new ControlReader(path);
  const read = (): void => {
    try {
      for (const request of reader.read()) requests.handle(request);
    } catch {
      // A file system that fails for a moment must not end the runner; the next look reads it.
    }
  };
  read();
  const watcher = watchOf(path, read);
  const timer = setInterval(read, CONTROL_POLL_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      watcher?.close();
      reader[Symbol.dispose]();
    },
  };
}

/** The file alone: a watch on the directory would wake the runner for every line the trainer prints. */
function watchOf(path: string, read: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, read);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // The machine has no watches left: the timer has to do.
    return null;
  }
}
