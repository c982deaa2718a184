import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge } from '../shared/contract.ts';
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../shared/channels.ts';

/** The page's whole access to the world: two verbs over two channels, and nothing of Electron. */
const bridge: Bridge = {
  request: (route, input) => ipcRenderer.invoke(REQUEST_CHANNEL, route, input),
  on: (event, listener) => {
    const forward = (_: unknown, name: string, payload: unknown): void => {
      if (name === event) listener(payload as Parameters<typeof listener>[0]);
    };
    ipcRenderer.on(EVENT_CHANNEL, forward);
    return () => ipcRenderer.off(EVENT_CHANNEL, forward);
  },
};

contextBridge.exposeInMainWorld('trainyard', bridge);
