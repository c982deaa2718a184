import { createStore } from 'zustand/vanilla';
import { expect, it } from 'vitest';
import { createApi } from '../../../src/renderer/bridge.ts';
import { startOrphanWatch } from '../../../src/renderer/state/orphanWatch.ts';
import { startSync } from '../../../src/renderer/state/sync.ts';
import { WINDOW_STATE_AT_START } from '../../../src/renderer/state/windowState.ts';
import type { WindowState } from '../../../src/renderer/state/windowState.ts';
import { createFakeCore } from './fixture/fakeBridge.ts';
import { SCENE_AT, sceneSnapshot } from './fixture/scene.ts';

async function watch() {
  const core = createFakeCore(sceneSnapshot(SCENE_AT));
  const api = createApi(core.bridge);
  const store = createStore<WindowState>()(() => WINDOW_STATE_AT_START);
  const sync = startSync(api, store);
  await sync.refetch();
  const timers: number[] = [];
  const page = { isHidden: false, changed: () => undefined as void };
  const orphans = startOrphanWatch(api, store, {
    setTimer: (_, ms) => timers.push(ms),
    clearTimer: () => undefined,
    isHidden: () => page.isHidden,
    onVisibility: (listener) => {
      page.changed = listener;
    },
  });
  await orphans.ask();
  const asked = () => core.requests.filter(({ route }) => route === 'orphans.list').length;
  return { core, api, store, timers, page, asked, orphans };
}

it('asks at the start, after each ended job, and every 30 s', async () => {
  const { core, store, timers, asked } = await watch();
  expect(store.getState().orphans).toHaveLength(1);
  expect([asked(), timers.at(-1)]).toEqual([1, 30_000]);
  core.change(148, { progress: null });
  expect(asked()).toBe(1);
  core.change(148, { status: 'completed', endedAt: SCENE_AT });
  expect(asked()).toBe(2);
});

it('looks every second while one is being stopped', async () => {
  const { api, store, timers } = await watch();
  const { orphans } = await api.request('orphans.stop', { pid: 38_112, start: '880412' });
  store.setState({ orphans });
  expect(timers.at(-1)).toBe(1_000);
});

it('asks nothing while the window is hidden, and at once when it is shown', async () => {
  const { core, page, timers, asked } = await watch();
  page.isHidden = true;
  page.changed();
  const planned = timers.length;
  core.change(148, { status: 'completed', endedAt: SCENE_AT });
  expect([asked(), timers.length]).toEqual([1, planned]);
  page.isHidden = false;
  page.changed();
  expect(asked()).toBe(2);
});
