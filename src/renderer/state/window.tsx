import { createContext, use, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { createStore, useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Api } from '../bridge.ts';
import { announceGpus, announceJob, createAnnouncer } from './announcer.ts';
import type { Announcer } from './announcer.ts';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { createCommands } from './commands.ts';
import type { Commands } from './commands.ts';
import { startHistoryWatch } from './historyWatch.ts';
import { startLooking } from './looking.ts';
import { startOrphanWatch } from './orphanWatch.ts';
import { startShellWatch } from './shellWatch.ts';
import { keepSort, readSort } from './sort.ts';
import { startStopCountdown } from './stopCountdown.ts';
import { startSync } from './sync.ts';
import type { Sync } from './sync.ts';
import { WINDOW_STATE_AT_START } from './windowState.ts';
import type { WindowState } from './windowState.ts';

/** Everything a part of the window may use. */
export interface WindowParts {
  readonly api: Api;
  readonly store: StoreApi<WindowState>;
  readonly commands: Commands;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly sync: Sync;
}

/** Makes the window's parts and starts listening to the core. */
export function createWindowParts(api: Api): WindowParts {
  const store = createStore<WindowState>()(() => ({ ...WINDOW_STATE_AT_START, sort: readSort(localStorage) }));
  const page = {
    setTimer: (callback: () => void, ms: number) => window.setTimeout(callback, ms),
    clearTimer: (timer: number) => window.clearTimeout(timer),
    isHidden: () => document.hidden,
    onVisibility: (listener: () => void) => document.addEventListener('visibilitychange', listener),
  };
  const clock = createClock({ ...page, now: () => Date.now() });
  const announcer = createAnnouncer(clock);
  const commands = createCommands(api, store, announcer, (sort) => keepSort(localStorage, sort));
  const sync = startSync(api, store);
  startOrphanWatch(api, store, page);
  startHistoryWatch(api, store, { ...page, now: () => performance.now() });
  startLooking(api, store);
  startShellWatch(api, store, { sync, announcer });
  startStopCountdown(store, announcer, clock);
  store.subscribe((after, before) => announceGpus(announcer, before.gpus, after.gpus));
  store.subscribe((after, before) => {
    if (
      before.connection !== 'ready' ||
      (after.openJobs === before.openJobs && after.finishedJobs === before.finishedJobs)
    )
      return;
    for (const [id, job] of before.openJobs) {
      const now = after.openJobs.get(id) ?? after.finishedJobs.get(id);
      if (now !== undefined && now !== job) announceJob(announcer, job, now, clock.now());
    }
  });
  // A hidden window is sent nothing, so what happened meanwhile is asked for when it is shown again.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void sync.refetch();
  });
  void loadOnce(api, store);
  return { api, store, commands, announcer, clock, sync };
}

async function loadOnce(api: Api, store: StoreApi<WindowState>): Promise<void> {
  // Neither is needed to work: the window does without them when the core refuses.
  const [about, samples] = await Promise.allSettled([api.request('about.get', {}), api.request('samples.list', {})]);
  if (about.status === 'fulfilled') store.setState({ about: about.value });
  if (samples.status === 'fulfilled') store.setState({ samples: samples.value.samples });
}

const PartsContext = createContext<WindowParts | null>(null);

/** Gives the parts to everything inside. */
export function PartsProvider({ parts, children }: { readonly parts: WindowParts; readonly children: ReactNode }) {
  return <PartsContext value={parts}>{children}</PartsContext>;
}

/** The window's parts. */
export function useParts(): WindowParts {
  const parts = use(PartsContext);
  if (parts === null) throw new Error('used outside PartsProvider');
  return parts;
}

/** A piece of the state; the component is drawn again only when that piece changes. */
export function useWindow<T>(select: (state: WindowState) => T): T {
  return useStore(useParts().store, select);
}

/** Several pieces of the state at once, compared one level deep. */
export function useWindowShallow<T>(select: (state: WindowState) => T): T {
  return useStore(useParts().store, useShallow(select));
}

/** The time, redrawn once a second while the component is shown and the window visible. */
export function useNow(): number {
  const { clock } = useParts();
  return useSyncExternalStore(clock.subscribe, clock.now);
}
