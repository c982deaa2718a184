import type { JobView } from '../../../shared/job.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Ask } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import { liveRuns } from '../../liveRuns.ts';

/** What those who follow the runs look at. */
export interface RunFacts {
  readonly live: readonly JobView[];
  readonly settings: Settings;
}

/** Progress comes in many small steps: it is looked at no more often than this. */
const PROGRESS_PACE_MS = 1_000;

/**
 * Tells `onFacts` the live runs and the settings, at first and after every change; changes that come while it looks are one
 * more look. A core that does not answer is asked again with the next change.
 */
export function watchRuns(
  core: Pick<Core, 'on'>,
  ask: Ask,
  onFacts: (facts: RunFacts) => void,
  log: (line: string) => void,
): { [Symbol.dispose](): void } {
  let isLooking = false;
  let isDue = false;
  const ended = new AbortController();
  let progressTimer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    isDue = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (isDue && !ended.signal.aborted) {
        isDue = false;
        // The scheduler starts what fits in the same turn: what is seen after it is how things stand.
        await new Promise(setImmediate);
        if (ended.signal.aborted) return;
        const [settings, live] = await Promise.all([ask('settings.get', {}), liveRuns(ask)]);
        if (!ended.signal.aborted) onFacts({ live, settings });
      }
    } catch (error) {
      log(`runs: ${String(error)}`);
    } finally {
      isLooking = false;
    }
  }
  const ends = [
    core.on('changed', () => void look()),
    core.on('progress', () => {
      progressTimer ??= setTimeout(() => {
        progressTimer = undefined;
        void look();
      }, PROGRESS_PACE_MS);
    }),
  ];
  void look();
  return {
    [Symbol.dispose]() {
      ended.abort();
      clearTimeout(progressTimer);
      for (const end of ends) end();
    },
  };
}
