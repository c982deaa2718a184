import type { QuitChoice } from '../../../shared/desktopSettings.ts';

/** The way out that somebody took. */
export type QuitBy = 'window' | 'tray' | 'keyboard' | 'session' | 'signal';

/** What a wish to quit leads to: leaving with the runs kept, the question, or stopping the runs first. */
export type QuitPlan = 'leave' | 'ask' | 'cancel';

/** What the rule looks at. */
export interface QuitFacts {
  readonly by: QuitBy;
  /** The remembered choice. */
  readonly choice: QuitChoice;
  readonly liveRuns: number;
  /** Another process runs the queue: this app's end touches neither. */
  readonly attached: boolean;
}

/** Whoever sent a signal, or ends the session, waits a short time and then kills: there is nobody to ask. */
export function isUrgent(by: QuitBy): boolean {
  return by === 'session' || by === 'signal';
}

/** What to do. Keeping is what loses nothing, so it is what happens where nobody can be asked and nothing is remembered. */
export function quitPlan({ by, choice, liveRuns, attached }: QuitFacts): QuitPlan {
  if (liveRuns === 0 || attached || choice === 'keep') return 'leave';
  if (choice === 'cancel') return 'cancel';
  return isUrgent(by) ? 'leave' : 'ask';
}

/** logind delays a shutdown by 5 s unless it is told otherwise (InhibitDelayMaxSec in logind.conf(5)). */
const SESSION_PATIENCE_MS = 4_000;
/** From SIGKILL to the end of a run's checks. */
const BEYOND_DEADLINE_MS = 5_000;

/**
 * Until when stops are waited for before the app leaves by itself, Unix milliseconds; null while a person watches and decides.
 * A run whose stop is not over by then is ended by its runner all the same: it holds the request and the deadline.
 */
export function patience(
  by: QuitBy,
  { now, deadlineAt, isWatched }: { readonly now: number; readonly deadlineAt: number; readonly isWatched: boolean },
): number | null {
  if (by === 'session') return Math.min(now + SESSION_PATIENCE_MS, deadlineAt + BEYOND_DEADLINE_MS);
  return isUrgent(by) || !isWatched ? deadlineAt + BEYOND_DEADLINE_MS : null;
}
