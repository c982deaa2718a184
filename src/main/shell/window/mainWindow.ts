import { join } from 'node:path';
import { BrowserWindow, dialog, session, shell } from 'electron';
import type { Core } from '../../core/createCore.ts';
import { connectWindow } from './ipcTransport.ts';
import type { WindowConnection } from './ipcTransport.ts';
import { PAGE_URL, servePage } from './pageProtocol.ts';
import { createShellRouter } from './shellRouter.ts';
import type { ShellDesk } from './shellRouter.ts';
import { zoomByKeys } from './zoom.ts';
import { readWindowState, SMALLEST, writeWindowState } from './windowState.ts';

/** What a window is made from. */
export interface MainWindowParts {
  readonly core: Core;
  readonly desk: ShellDesk;
  /** The clone or the unpacked application. */
  readonly root: string;
  readonly log: (line: string) => void;
  /** Somebody closes the window. It stays until the host lets it go: what becomes of it is decided there. */
  readonly onClose: () => void;
  /** A key that quits was pressed, whatever the page does. */
  readonly onQuitKey: () => void;
  /** The page is gone or begins anew: it knows nothing of what it was told. */
  readonly onPageLost: () => void;
}

/** The one window, and the way to its page. */
export interface MainWindow {
  readonly window: BrowserWindow;
  readonly tell: WindowConnection['tell'];
  /** Takes it away and keeps its place. */
  close(): void;
}

/** A page that fails at once would be loaded for ever: so many times within this long, and no more. */
const RELOADS_ALLOWED = 3;
const RELOAD_WINDOW_MS = 60_000;

const ALLOWED = 'clipboard-sanitized-write';

/** Pages a link may open in the user's browser. */
const OUTSIDE = /^https:\/\//;

/** Opens the window: isolated, sandboxed, bound to its one page. The renderer's crash is recovered without touching a run. */
export function openMainWindow(parts: MainWindowParts): MainWindow {
  const { core, desk, root, log, onClose, onQuitKey, onPageLost } = parts;
  const statePath = join(core.dataFolder, 'window.json');
  const { maximized, ...bounds } = readWindowState(statePath);
  servePage(join(root, 'out', 'renderer'));

  const window = new BrowserWindow({
    ...bounds,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Trainyard',
    // For X11 desktops that do not find the menu entry of a window.
    ...(process.platform === 'linux' ? { icon: join(root, 'resources', 'icons', '256.png') } : {}),
    show: false,
    // Drawn before the page is there, so that nothing flashes.
    backgroundColor: '#eceeee',
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(root, 'out', 'preload', 'index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (maximized === true) window.maximize();

  window.webContents.setWindowOpenHandler(({ url }) => {
    if (OUTSIDE.test(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
  window.webContents.on('will-navigate', (event) => event.preventDefault());
  window.webContents.on('will-attach-webview', (event) => event.preventDefault());
  window.webContents.on('did-start-loading', onPageLost);
  // Heard before the page, so that it works when the page is busy or gone. macOS has it in its menu.
  window.webContents.on('before-input-event', (event, { type, key, control, alt, shift, meta }) => {
    if (type !== 'keyDown' || key.toLowerCase() !== 'q' || !control || alt || shift || meta) return;
    event.preventDefault();
    onQuitKey();
  });
  zoomByKeys(window.webContents);
  const crashes: number[] = [];
  window.webContents.on('render-process-gone', (_, { reason }) => {
    onPageLost();
    crashes.push(Date.now());
    const often = crashes.filter((at) => Date.now() - at < RELOAD_WINDOW_MS).length > RELOADS_ALLOWED;
    log(`window: the page's process is gone (${reason}). Runs go on.`);
    if (window.isDestroyed()) return;
    if (!often) return void window.loadURL(PAGE_URL);
    // Not showErrorBox: that would stop the whole process, and the queue with it, until somebody looks.
    void dialog.showMessageBox({
      type: 'error',
      title: 'Trainyard',
      message: 'The window cannot be drawn',
      detail:
        'It failed again and again. Runs go on: use trainyard list and trainyard cancel in a terminal, or start the app again.',
    });
  });
  // Asked for and looked up: the page may put text on the clipboard, and nothing else.
  session.defaultSession.setPermissionRequestHandler((_, permission, answer) => answer(permission === ALLOWED));
  session.defaultSession.setPermissionCheckHandler((_, permission) => permission === ALLOWED);
  session.defaultSession.setDevicePermissionHandler(() => false);

  const connection = connectWindow({ core, shell: createShellRouter(core, window, desk), window, pageUrl: PAGE_URL });
  const watch = (): void => core.setPace(window.isVisible() && !window.isMinimized() ? 'watched' : 'busy');
  for (const change of ['show', 'hide', 'minimize', 'restore'] as const) window.on(change as 'show', watch);
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    event.preventDefault();
    writeWindowState(statePath, window);
    onClose();
  });
  window.on('closed', () => {
    connection[Symbol.dispose]();
    core.setPace('idle');
  });
  void window.loadURL(PAGE_URL);
  return {
    window,
    tell: connection.tell,
    close() {
      writeWindowState(statePath, window);
      // Not close(): that would ask again, and wait for a page that may be gone.
      window.destroy();
    },
  };
}
