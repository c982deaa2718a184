import type { StoreApi } from 'zustand/vanilla';
import type { Change } from '../../shared/contract.ts';
import type { Api } from '../bridge.ts';
import { ApiFailure } from '../bridge.ts';
import { withBlockers, withChange, withGpus, withProgress, withSnapshot } from './changes.ts';
import type { WindowState } from './windowState.ts';

/** Keeps the store at the core's word: a snapshot, then numbered changes; a gap in the numbers asks for the snapshot again. */
export interface Sync {
  /** Asks for the snapshot (again). Never rejects: a core that does not answer is shown as such. */
  refetch(): Promise<void>;
  /** Ends listening. */
  stop(): void;
}

/** Starts listening and asks for the first snapshot. */
export function startSync(api: Api, store: StoreApi<WindowState>): Sync {
  let fetching: Promise<void> | null = null;
  // Changes that arrive while a snapshot is on its way may be newer than it.
  let waiting: Change[] = [];

  async function fetchSnapshot(): Promise<void> {
    try {
      const snapshot = await api.request('snapshot.get', {});
      store.setState(withSnapshot(store.getState(), snapshot), true);
      store.setState({ slurm: await api.request('slurm.get', {}) });
    } catch (cause) {
      const database =
        cause instanceof ApiFailure && cause.code === 'DATABASE' ? cause.message : store.getState().database;
      store.setState({ connection: 'gone', database });
      waiting = [];
    }
  }

  async function refetch(): Promise<void> {
    fetching ??= fetchSnapshot();
    await fetching;
    fetching = null;
    const late = waiting;
    waiting = [];
    for (const change of late) take(change);
  }

  function take(change: Change): void {
    if (fetching !== null) {
      waiting.push(change);
      return;
    }
    const state = store.getState();
    const next = state.connection === 'ready' ? withChange(state, change) : 'gap';
    if (next === 'gap') {
      waiting.push(change);
      void refetch();
    } else {
      store.setState(next, true);
    }
  }

  const endings = [
    api.on('changed', take),
    api.on('slurm', (slurm) => store.setState({ slurm })),
    api.on('gpus', (gpus) => store.setState(withGpus(store.getState(), gpus), true)),
    api.on('progress', (news) => store.setState(withProgress(store.getState(), news), true)),
    api.on('coreReachable', (reachable) => {
      if (reachable) void refetch();
      else store.setState({ connection: 'gone' });
    }),
    api.on('blockers', (news) => store.setState(withBlockers(store.getState(), news), true)),
  ];
  void refetch();
  return {
    refetch,
    stop() {
      for (const end of endings) end();
    },
  };
}
