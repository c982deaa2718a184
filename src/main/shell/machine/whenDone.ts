import type { WhenDoneAction } from '../../../shared/desktopSettings.ts';
import type { WhenDoneView } from '../../../shared/shellContract.ts';

/** Between the end of the last run and the countdown: the next job may be about to start where GPU memory has just been freed. */
export const SETTLE_MS = 5_000;
/** How long a person has to call it off. */
export const COUNTDOWN_MS = 60_000;

/** Where the wish to sleep or shut down stands. Times are Unix milliseconds. */
export type WhenDone =
  /** Nothing is wished, or no run has been seen since it was. */
  | { readonly stage: 'idle' }
  /** A run is going: its end counts. */
  | { readonly stage: 'armed' }
  | { readonly stage: 'settling'; readonly until: number }
  | { readonly stage: 'counting'; readonly view: WhenDoneView }
  | { readonly stage: 'due'; readonly action: WhenDoneView['action'] };

/** What is looked at. */
export interface WhenDoneFacts {
  readonly action: WhenDoneAction;
  readonly liveRuns: number;
  readonly now: number;
}

/** The times around it, milliseconds. */
export interface WhenDoneTimes {
  readonly settleMs: number;
  readonly countdownMs: number;
}

/**
 * Where it stands after a look. It counts only when a run was seen to end: an app that starts on an empty queue does not send
 * the machine to sleep. A run that starts calls it off until that one has ended.
 */
export function whenDoneAfter(
  before: WhenDone,
  { action, liveRuns, now }: WhenDoneFacts,
  { settleMs, countdownMs }: WhenDoneTimes,
): WhenDone {
  if (action === 'nothing') return { stage: 'idle' };
  if (liveRuns > 0) return { stage: 'armed' };
  switch (before.stage) {
    case 'idle':
      return before;
    case 'armed':
      return { stage: 'settling', until: now + settleMs };
    case 'settling':
      return now < before.until ? before : { stage: 'counting', view: { action, at: now + countdownMs } };
    case 'counting':
      if (before.view.action !== action) return { stage: 'counting', view: { action, at: now + countdownMs } };
      return now < before.view.at ? before : { stage: 'due', action };
    case 'due':
      return { stage: 'idle' };
  }
}

/** When to look again although nothing changes; null when that is not needed. */
export function nextLookAt(state: WhenDone): number | null {
  if (state.stage === 'settling') return state.until;
  return state.stage === 'counting' ? state.view.at : null;
}
