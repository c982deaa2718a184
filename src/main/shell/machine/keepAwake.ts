import { powerSaveBlocker } from 'electron';
import { runsHere } from '../../liveRuns.ts';
import type { RunFacts } from './watchRuns.ts';

/** Keeps the machine from going to sleep by itself while runs are live here and the setting says so; a cluster stays awake without it. The screen may go dark. */
export function createKeepAwake(): { look(facts: RunFacts): void; [Symbol.dispose](): void } {
  let blocker: number | null = null;
  function end(): void {
    if (blocker !== null) powerSaveBlocker.stop(blocker);
    blocker = null;
  }
  return {
    look({ live, settings }) {
      if (!settings.keepAwake || runsHere(live).length === 0) end();
      else blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    },
    [Symbol.dispose]: end,
  };
}
