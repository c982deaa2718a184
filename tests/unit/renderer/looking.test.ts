import { createStore } from 'zustand/vanilla';
import { expect, it } from 'vitest';
import { createApi } from '../../../src/renderer/bridge.ts';
import { startLooking } from '../../../src/renderer/state/looking.ts';
import { WINDOW_STATE_AT_START } from '../../../src/renderer/state/windowState.ts';
import type { WindowState } from '../../../src/renderer/state/windowState.ts';
import { createFakeCore } from './fixture/fakeBridge.ts';
import { SCENE_AT, sceneSnapshot } from './fixture/scene.ts';

it('the shell hears which job is selected, once for each change of it', () => {
  const core = createFakeCore(sceneSnapshot(SCENE_AT));
  const store = createStore<WindowState>()(() => WINDOW_STATE_AT_START);
  startLooking(createApi(core.bridge), store);
  store.setState({ selectedId: 148 });
  store.setState({ panelOpen: true });
  store.setState({ selectedId: null });
  const told = core.requests.filter(({ route }) => route === 'shell.looking').map(({ input }) => input);
  expect(told).toEqual([{ jobId: null }, { jobId: 148 }, { jobId: null }]);
});
