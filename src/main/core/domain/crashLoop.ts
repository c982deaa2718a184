import type { Ms } from './job.ts';
import { wordsForDuration } from './words.ts';

/** So many crashes … */
const CRASHES = 3;
/** … within this time mean that starting jobs may be what kills the app. */
export const CRASH_WINDOW_MS = 5 * 60_000;

/**
 * Why the queue should start paused, or null. `crashes` are the starts of sessions that did not end as they should.
 * A kill by hand looks the same as a crash: pausing costs one click, a loop of crashes costs every run.
 */
export function crashLoopNotice(crashes: readonly Ms[], now: Ms): string | null {
  const recent = crashes.filter((at) => now - at <= CRASH_WINDOW_MS);
  if (recent.length < CRASHES) return null;
  return `Trainyard ended unexpectedly ${recent.length} times within ${wordsForDuration(CRASH_WINDOW_MS)}, so the queue is paused. Runs go on. Press Run to let jobs start again.`;
}
