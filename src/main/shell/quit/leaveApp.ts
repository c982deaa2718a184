import { joinAll, longestMs } from './joiners.ts';
import type { Joiner } from './joiners.ts';

/** Beyond the joiners' own deadlines: they are bounded already, so this only fires when something is badly wrong. */
const WATCHDOG_MARGIN_MS = 2_000;

/** What leaving needs. */
export interface LeaveParts {
  readonly joiners: () => readonly Joiner[];
  readonly log: (line: string) => void;
  /** Ends the process. */
  readonly exit: () => void;
}

/**
 * Ends everything in its order, then the process; runs go on. What is late is left behind: runs do not depend on the app,
 * and the kernel takes back locks, sockets and memory.
 */
export function leaveApp({ joiners, log, exit }: LeaveParts): void {
  const all = joiners();
  setTimeout(
    () => {
      log('quit: watchdog: the app did not end by itself');
      exit();
    },
    longestMs(all) + WATCHDOG_MARGIN_MS,
  );
  void joinAll(all, (name, result, error) =>
    log(`quit: ${name}: ${result}${error === undefined ? '' : `: ${String(error)}`}`),
  ).then(() => {
    log('quit: ended');
    exit();
  });
}
