import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Bridge } from '../shared/contract.ts';
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../shared/channels.ts';

/** The page's whole access to the world: two verbs over two channels, the paths of what is dropped on it, and nothing of Electron. */
const bridge: Bridge = {
  request: (route: string, input: unknown) => ipcRenderer.invoke(REQUEST_CHANNEL, route, input),
  on: (event: string, listener: (payload: never) => void) => {
    const forward = (_: unknown, name: string, payload: unknown): void => {
      if (name === event) listener(payload as never);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => ipcRenderer.off(EVENT_CHANNEL, forward);
  },
  pathOf: (file) => webUtils.getPathForFile(file as File),
};

contextBridge.exposeInMainWorld('trainyard', bridge);
