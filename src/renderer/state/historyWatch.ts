import type { StoreApi } from 'zustand/vanilla';
import type { RouteInput } from '../../shared/contract.ts';
import type { Api } from '../bridge.ts';
import { withHistory } from './changes.ts';
import { historyKey } from './rows.ts';
import { historySortOf } from './sort.ts';
import type { WindowState } from './windowState.ts';

/** What the watch needs from the page, so that tests bring their own. */
export interface HistoryHost {
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => number;
}

/** After a refusal it is not asked again for so long. */
const REFUSED_MS = 5_000;
/** Asking again because something ended takes at most this share of the core's time. */
const SHARE = 1 / 20;

/**
 * Keeps the list of finished jobs: which there are that match the filter and the search, in the chosen order. It is asked for
 * only where the history holds more than the window does, when the question changes, and now and then while jobs end.
 */
export function startHistoryWatch(api: Api, store: StoreApi<WindowState>, host: HistoryHost): void {
  let isAsking = false;
  let askedAt = -Infinity;
  let tookMs = 0;
  let isPlanned = false;
  let refusedUntil = -Infinity;

  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    try {
      // What was typed while the core answered is asked next: the last question is always answered.
      for (let state = store.getState(); isWanted(state); state = store.getState()) {
        const key = historyKey(state);
        askedAt = host.now();
        const { jobIds } = await api.request('jobs.order', questionOf(state));
        tookMs = host.now() - askedAt;
        store.setState(withHistory(store.getState(), key, jobIds), true);
      }
    } catch {
      // The core is gone or refuses: other parts of the window say so, and the loaded jobs are shown meanwhile.
      refusedUntil = host.now() + REFUSED_MS;
    }
    isAsking = false;
  }

  function look(state: WindowState): void {
    if (isAsking || isPlanned || !isWanted(state)) return;
    const isNewQuestion = state.history?.key !== historyKey(state);
    const earliest = isNewQuestion ? refusedUntil : Math.max(refusedUntil, askedAt + tookMs / SHARE);
    isPlanned = true;
    // Later than this turn: what is known is drawn first.
    host.setTimer(
      () => {
        isPlanned = false;
        void ask();
      },
      Math.max(0, earliest - host.now()),
    );
  }
  store.subscribe((after, before) => {
    if (after !== before) look(after);
  });
}

/** Whether the list in the window does not answer the question that is asked now. */
function isWanted(state: WindowState): boolean {
  if (state.connection !== 'ready') return false;
  const { completed, failed, cancelled } = state.queue.counts;
  const isAllHere = state.history === null && state.finishedJobs.size >= completed + failed + cancelled;
  if (isAllHere) return false;
  return state.history === null || state.history.isStale || state.history.key !== historyKey(state);
}

function questionOf({ sort, filter, search }: WindowState): RouteInput<'jobs.order'> {
  const text = search.trim();
  // A filter of open jobs leaves no finished one.
  const status = filter === null ? null : finishedStatus(filter);
  return {
    ...historySortOf(sort),
    ...(status === null ? {} : { status }),
    ...(text === '' ? {} : { search: text }),
  };
}

function finishedStatus(filter: NonNullable<WindowState['filter']>): ('completed' | 'failed' | 'cancelled')[] {
  return filter === 'completed' || filter === 'failed' || filter === 'cancelled' ? [filter] : [];
}
