import { app } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Reveal, ShellEvents, ShellStanding } from '../../../shared/shellContract.ts';
import { openMainWindow } from './mainWindow.ts';
import type { MainWindow, MainWindowParts } from './mainWindow.ts';

/** The one window, whether it is open, hidden or not there yet, and the way to what its page shows. */
export interface WindowHost {
  /** Opens it or brings it to the front. */
  show(): void;
  /** Shows it with this job. */
  reveal(what: Reveal): void;
  /** Tells the page; one that is not there yet finds it when it begins. */
  tell<N extends keyof ShellEvents>(name: N, payload: ShellEvents[N]): void;
  /** What a page that begins has to know. From here on it is told. */
  begin(): ShellStanding;
  /** The window, or null while there is none. */
  readonly window: BrowserWindow | null;
  readonly isOpen: boolean;
  /** Whether a person can see it. */
  readonly isShown: boolean;
  /** Lets it go; its place is kept. */
  close(): void;
}

/** What a host opens its window with. */
export type HostParts = Omit<MainWindowParts, 'onPageLost'>;

const NOTHING_TO_SAY: ShellStanding = {
  reveal: null,
  quitQuestion: null,
  whenDone: null,
  notice: null,
  coreReachable: true,
};
/** These hold until something else is told; the others are said once. */
const STANDING: readonly (keyof ShellEvents)[] = ['quitQuestion', 'whenDone', 'coreReachable'];

/** Makes the host; no window is opened before it is asked for one. */
export function createWindowHost(parts: HostParts): WindowHost {
  let opened: MainWindow | null = null;
  let isPageThere = false;
  let wasShown = false;
  let standing = NOTHING_TO_SAY;

  const live = (): MainWindow | null => (opened === null || opened.window.isDestroyed() ? null : opened);
  function show(): void {
    let main = live();
    if (main === null) {
      isPageThere = false;
      wasShown = false;
      main = opened = openMainWindow({ ...parts, onPageLost: () => (isPageThere = false) });
      main.window.once('show', () => (wasShown = true));
      return;
    }
    if (main.window.isMinimized()) main.window.restore();
    // A window that has not been drawn yet shows itself when it is.
    if (wasShown) main.window.show();
    main.window.focus();
    // On macOS the app has to come to the front before its window can.
    if (process.platform === 'darwin') app.focus({ steal: true });
  }
  const host: WindowHost = {
    show,
    reveal(what) {
      show();
      host.tell('reveal', what);
    },
    tell(name, payload) {
      if (STANDING.includes(name) || !isPageThere) standing = { ...standing, [name]: payload };
      if (isPageThere) live()?.tell(name, payload);
    },
    begin() {
      isPageThere = true;
      const said = standing;
      standing = { ...standing, reveal: null, notice: null };
      return said;
    },
    get window() {
      return live()?.window ?? null;
    },
    get isOpen() {
      return live() !== null;
    },
    get isShown() {
      const window = live()?.window;
      return window !== undefined && window.isVisible() && !window.isMinimized();
    },
    close() {
      live()?.close();
    },
  };
  return host;
}
