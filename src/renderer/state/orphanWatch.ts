import type { StoreApi } from 'zustand/vanilla';
import type { Api } from '../bridge.ts';
import type { WindowState } from './windowState.ts';

/** So often it is asked, while the window is visible, what earlier runs left behind. */
const ASK_EVERY_MS = 30_000;
/** While one is being stopped, so often whether it is gone. */
const STOPPING_EVERY_MS = 1_000;

/** What the watch needs from the page, so that tests bring their own. */
export interface WatchHost {
  readonly setTimer: (callback: () => void, ms: number) => number;
  readonly clearTimer: (timer: number) => void;
  readonly isHidden: () => boolean;
  readonly onVisibility: (listener: () => void) => void;
}

/** Keeps the list of processes that earlier runs left behind: asked for at the start, after each ended job, and now and then. */
export function startOrphanWatch(api: Api, store: StoreApi<WindowState>, host: WatchHost): { ask(): Promise<void> } {
  let timer: number | null = null;
  let asking: Promise<void> | null = null;

  function plan(): void {
    if (timer !== null) host.clearTimer(timer);
    timer = null;
    if (host.isHidden()) return;
    const isStopping = store.getState().orphans.some((orphan) => orphan.stopping);
    timer = host.setTimer(() => void ask(), isStopping ? STOPPING_EVERY_MS : ASK_EVERY_MS);
  }
  async function askOnce(): Promise<void> {
    try {
      const { orphans } = await api.request('orphans.list', {});
      store.setState({ orphans });
    } catch {
      // The core is gone or refuses: other parts of the window say so, and the next question may be answered.
    }
    asking = null;
    plan();
  }
  function ask(): Promise<void> {
    asking ??= askOnce();
    return asking;
  }

  store.subscribe((after, before) => {
    const hasEnded = after.openJobs !== before.openJobs && [...before.openJobs.keys()].some(isOverIn(after));
    const isBack = after.connection === 'ready' && before.connection !== 'ready';
    if (!host.isHidden() && (hasEnded || isBack)) void ask();
    else if (after.orphans !== before.orphans) plan();
  });
  host.onVisibility(() => (host.isHidden() ? plan() : void ask()));
  void ask();
  return { ask };
}

function isOverIn(state: WindowState): (jobId: number) => boolean {
  return (jobId) => !state.openJobs.has(jobId) && state.finishedJobs.has(jobId);
}
