import type { JobView } from '../../../shared/job.ts';
import type { QuitView } from '../../../shared/shellContract.ts';
import type { Ask } from '../../askCore.ts';
import { cancelLiveRuns } from '../../runsAtExit.ts';
import { liveRuns } from '../../liveRuns.ts';
import { isUrgent, patience } from './quitRule.ts';
import type { QuitBy } from './quitRule.ts';

/** What stopping the runs before leaving needs. */
export interface StoppingParts {
  readonly ask: Ask;
  readonly dataFolder: string;
  readonly now: () => number;
  /** Calls `listener` after every change of a job; the returned function ends it. */
  readonly onJobs: (listener: () => void) => () => void;
  /** Shows how far the stops are; resolves with whether a page has drawn it. */
  readonly present: (view: QuitView) => Promise<boolean>;
  readonly log: (line: string) => void;
}

/** A core that has not begun to stop anything by then is not waited for where nobody watches. */
const FIRST_WORD_MS = 10_000;

/** A stop of all runs in progress. */
export interface Stopping {
  /** Resolves when no run is left, or when nobody watches and the patience of {@link patience} is over; rejects when the core refuses. */
  readonly over: Promise<void>;
  /** Looks no more. The stops themselves go on. */
  end(): void;
}

/** Cancels every live run, in the name of `by`, and shows how far that is. */
export function stopRuns(by: QuitBy, { ask, dataFolder, now, onJobs, present, log }: StoppingParts): Stopping {
  let hasEnded = false;
  let isWatched = true;
  let timer: NodeJS.Timeout | undefined;
  let onPatienceOver = (): void => {};
  const patienceOver = new Promise<void>((resolve) => (onPatienceOver = resolve));

  function leaveAt(at: number | null): void {
    clearTimeout(timer);
    if (at !== null) timer = setTimeout(onPatienceOver, Math.max(0, at - now()));
  }
  async function look(): Promise<void> {
    if (hasEnded) return;
    const live = await liveRuns(ask);
    const deadlineAt = latestDeadline(live);
    if (hasEnded || deadlineAt === null) return;
    leaveAt(patience(by, { now: now(), deadlineAt, isWatched }));
    const runs = live.map(({ id }) => id);
    if ((await present({ stage: 'stopping', runs, deadlineAt })) || hasEnded || !isWatched) return;
    isWatched = false;
    leaveAt(patience(by, { now: now(), deadlineAt, isWatched }));
  }
  const lookSoon = (): void => void look().catch((error: unknown) => log(`quit: ${String(error)}`));
  const endWatch = onJobs(lookSoon);
  if (isUrgent(by)) leaveAt(now() + FIRST_WORD_MS);
  const gone = cancelLiveRuns(dataFolder, ask, new AbortController().signal);
  lookSoon();
  return {
    over: Promise.race([gone, patienceOver]),
    end() {
      hasEnded = true;
      clearTimeout(timer);
      endWatch();
    },
  };
}

/** When the last of them is killed; null while one has not been asked yet. */
function latestDeadline(live: readonly JobView[]): number | null {
  const deadlines = live.flatMap(({ stop }) => (stop === null ? [] : [stop.deadlineAt]));
  return live.length === 0 || deadlines.length < live.length ? null : Math.max(...deadlines);
}
