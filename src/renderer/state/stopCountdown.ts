import type { StoreApi } from 'zustand/vanilla';
import type { Announcer } from './announcer.ts';
import type { Clock } from './clock.ts';
import { secondsLeftOf } from './jobState.ts';
import type { WindowState } from './windowState.ts';

/** With so many seconds left a stop is said once more: the last moment to wait longer. */
const SAID_AT_SECONDS = 5;

/** Says once that a stop is near its deadline. It looks at the clock only while a countdown goes on. */
export function startStopCountdown(
  store: StoreApi<Pick<WindowState, 'openJobs'>>,
  announcer: Announcer,
  clock: Clock,
): void {
  /** Deadlines that were said, by job: one that was moved is said again. */
  const said = new Map<number, number>();
  let end: (() => void) | null = null;

  function look(): void {
    let isCounting = false;
    for (const job of store.getState().openJobs.values()) {
      const left = secondsLeftOf(job, clock.now());
      const deadline = job.stop?.deadlineAt ?? 0;
      if (left === null || said.get(job.id) === deadline) continue;
      if (left > SAID_AT_SECONDS) isCounting = true;
      else {
        // A grace so short was said in full when the stop began.
        if (deadline - (job.stop?.requestedAt ?? 0) > SAID_AT_SECONDS * 1_000 && left > 0)
          announcer.say(`#${job.id} cancelling, ${left} seconds left`);
        said.set(job.id, deadline);
      }
    }
    if (isCounting) end ??= clock.subscribe(look);
    else {
      end?.();
      end = null;
    }
  }
  store.subscribe((after, before) => {
    if (after.openJobs !== before.openJobs) look();
  });
}
