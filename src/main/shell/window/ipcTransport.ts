import { ipcMain } from 'electron';
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../../../shared/channels.ts';
import { EVENT_NAMES } from '../../../shared/contract.ts';
import type { EventName, Events } from '../../../shared/contract.ts';
import type { ShellEventName, ShellEvents } from '../../../shared/shellContract.ts';
import type { Router } from '../../core/api/router.ts';
import type { Core } from '../../core/createCore.ts';

/** The way to one window's page, and what its page may reach. */
export interface WindowConnection {
  /** Tells the page what the shell has to say. */
  tell<N extends ShellEventName>(name: N, payload: ShellEvents[N]): void;
  /** Ends it: no request is answered and no event sent any more. */
  [Symbol.dispose](): void;
}

/** What a window is connected to. */
export interface ConnectionParts {
  readonly core: Core;
  /** Answers requests whose name begins with `shell.`. */
  readonly shell: Router;
  readonly window: BrowserWindow;
  /** The only page that is answered. */
  readonly pageUrl: string;
}

/**
 * Carries the contract to one window: answers its requests and sends it the core's events.
 * A request is answered only when it comes from the top frame of that very window, showing our own page.
 */
export function connectWindow({ core, shell, window, pageUrl }: ConnectionParts): WindowConnection {
  const { webContents } = window;
  const gone = new AbortController();
  let withheld: Events[EventName] | null = null;

  ipcMain.handle(REQUEST_CHANNEL, (event, route: unknown, input: unknown) => {
    if (!isOurPage(event))
      return { ok: false, error: { code: 'FORBIDDEN', message: 'Only the window of Trainyard may ask.' } };
    const name = String(route);
    const router = name.startsWith('shell.') ? shell : core.router;
    return router(name, input, { origin: 'window', signal: gone.signal });
  });

  function isOurPage({ sender, senderFrame }: IpcMainInvokeEvent): boolean {
    return (
      sender === webContents &&
      senderFrame !== null &&
      senderFrame.parent === null &&
      senderFrame.url.split('#')[0] === pageUrl
    );
  }

  function send<N extends EventName>(name: N, payload: Events[N]): void {
    if (webContents.isDestroyed()) return;
    // A window that nobody sees is told nothing: its page asks for everything when it is shown again.
    if (window.isVisible() && !window.isMinimized()) webContents.send(EVENT_CHANNEL, name, payload);
    else if (name === 'changed') withheld = payload;
  }
  /** The last change is told late: its number says to a page that was not told of being hidden that others are missing. */
  function catchUp(): void {
    if (withheld === null || webContents.isDestroyed()) return;
    webContents.send(EVENT_CHANNEL, 'changed', withheld);
    withheld = null;
  }
  for (const seen of ['show', 'restore'] as const) window.on(seen as 'show', catchUp);

  const ends = EVENT_NAMES.map((name) => core.on(name, (payload) => send(name, payload)));
  return {
    tell(name, payload) {
      if (!webContents.isDestroyed()) webContents.send(EVENT_CHANNEL, name, payload);
    },
    [Symbol.dispose]() {
      gone.abort();
      ipcMain.removeHandler(REQUEST_CHANNEL);
      for (const end of ends) end();
    },
  };
}
