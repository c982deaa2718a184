import { createStore } from 'zustand/vanilla';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../../src/renderer/bridge.ts';
import { startHistoryWatch } from '../../../src/renderer/state/historyWatch.ts';
import { USUAL_SORT, chosenSort, keepSort, readSort, sortJobs } from '../../../src/renderer/state/sort.ts';
import { startSync } from '../../../src/renderer/state/sync.ts';
import { WINDOW_STATE_AT_START } from '../../../src/renderer/state/windowState.ts';
import type { WindowState } from '../../../src/renderer/state/windowState.ts';
import { createFakeCore } from './fixture/fakeBridge.ts';
import { SCENE_AT, job, sceneSnapshot } from './fixture/scene.ts';

/** A window whose core has more finished jobs than its snapshot says, on a clock that the test moves. */
async function openWindow({ isLong }: { readonly isLong: boolean }) {
  const scene = sceneSnapshot(SCENE_AT);
  const core = createFakeCore(scene);
  const api = createApi(core.bridge);
  const store = createStore<WindowState>()(() => WINDOW_STATE_AT_START);
  const timers: { readonly at: number; readonly act: () => void }[] = [];
  let now = 0;
  startHistoryWatch(api, store, { now: () => now, setTimer: (act, ms) => timers.push({ at: now + ms, act }) });
  const sync = startSync(api, store);
  await sync.refetch();
  if (isLong) {
    const { queue } = store.getState();
    store.setState({ queue: { ...queue, counts: { ...queue.counts, completed: 5_000 } } });
  }
  return {
    core,
    store,
    /** Lets time pass; answers how often the list had been asked for since the start. */
    async pass(ms: number): Promise<number> {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      const later = timers.filter(({ at }) => at > now);
      timers.splice(0, timers.length, ...later);
      for (const timer of due) timer.act();
      await new Promise((done) => setTimeout(done, 0));
      return core.requests.filter(({ route }) => route === 'jobs.order').length;
    },
  };
}

describe('the list of finished jobs', () => {
  it('is not asked for while the window has them all', async () => {
    const { pass, store } = await openWindow({ isLong: false });
    store.setState({ search: 'whisper' });
    expect(await pass(10_000)).toBe(0);
  });

  it('is asked for once where the history is longer, and again for each new question', async () => {
    const { pass, store } = await openWindow({ isLong: true });
    expect(await pass(0)).toBe(1);
    expect(await pass(10_000)).toBe(1);
    store.setState({ search: 'ddpm' });
    expect(await pass(0)).toBe(2);
    expect(store.getState().history?.jobIds).toEqual([144]);
    store.setState({ filter: 'failed', search: '' });
    expect(await pass(0)).toBe(3);
    expect(store.getState().history?.jobIds).toEqual([145]);
  });

  it('a job that ends stands on top of the usual order without a question, and leaves it when it is queued again', async () => {
    const { pass, store, core } = await openWindow({ isLong: true });
    await pass(0);
    core.change(150, { status: 'completed', endedAt: SCENE_AT + 1 });
    expect(store.getState().history).toMatchObject({ isStale: false });
    expect(store.getState().history?.jobIds[0]).toBe(150);
    core.change(150, { status: 'queued', endedAt: null });
    expect(store.getState().history?.jobIds).not.toContain(150);
  });

  it('a job that ends makes any other order be asked for again', async () => {
    const { pass, store, core } = await openWindow({ isLong: true });
    await pass(0);
    store.setState({ sort: { by: 'name', descending: false } });
    expect(await pass(0)).toBe(2);
    core.change(150, { status: 'completed', endedAt: SCENE_AT + 1 });
    expect(store.getState().history?.isStale).toBe(true);
    // The fake core's counts know nothing of a long history.
    const { queue } = store.getState();
    store.setState({ queue: { ...queue, counts: { ...queue.counts, completed: 5_001 } } });
    expect(await pass(60_000)).toBe(3);
    expect(store.getState().history?.jobIds).toContain(150);
  });

  it('a refusal is not answered by a storm of questions', async () => {
    const { pass, store, core } = await openWindow({ isLong: true });
    core.fail({ code: 'DATABASE', message: 'The database cannot be read.' });
    expect(await pass(0)).toBe(1);
    for (const tab of ['log', 'curves', 'details'] as const) store.setState({ tab });
    expect(await pass(1_000)).toBe(1);
    core.fail(null);
    store.setState({ tab: 'receipt' });
    expect(await pass(10_000)).toBe(2);
  });
});

describe('sorting', () => {
  const jobs = [
    job(1, { status: 'completed', name: 'beta', startedAt: 0, endedAt: 500 }),
    job(2, { status: 'failed', name: 'Alpha', startedAt: 0, endedAt: 900 }),
    job(3, { status: 'cancelled', name: 'gamma', startedAt: null, endedAt: 700 }),
    job(4, { status: 'completed', name: 'alpha', startedAt: 500, endedAt: 600 }),
  ];
  const order = (by: Parameters<typeof sortJobs>[1]['by'], descending: boolean) =>
    sortJobs(jobs, { by, descending }).map(({ id }) => id);

  it('orders by each key, both ways; what never started has no duration and comes last', () => {
    expect(order('usual', true)).toEqual([2, 3, 4, 1]);
    expect(order('number', false)).toEqual([1, 2, 3, 4]);
    expect(order('name', false)).toEqual([4, 2, 1, 3]);
    expect(order('time', false)).toEqual([1, 4, 3, 2]);
    expect(order('status', false)).toEqual([4, 1, 2, 3]);
    expect(order('duration', true)).toEqual([2, 1, 4, 3]);
    expect(order('duration', false)).toEqual([4, 1, 2, 3]);
  });

  it('is remembered, and the same key again turns it round', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    expect(readSort(storage)).toEqual(USUAL_SORT);
    const byName = chosenSort(USUAL_SORT, 'name');
    const turned = chosenSort(byName, 'name');
    keepSort(storage, turned);
    expect([byName.descending, turned.descending, readSort(storage)]).toEqual([false, true, turned]);
    keepSort(storage, chosenSort(turned, 'usual'));
    expect(readSort(storage)).toEqual(USUAL_SORT);
  });
});
