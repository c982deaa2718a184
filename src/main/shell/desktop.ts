import { app, powerMonitor } from 'electron';
import { ok } from '../../shared/result.ts';
import type { Reveal } from '../../shared/shellContract.ts';
import { askCore } from '../askCore.ts';
import type { Service } from '../service.ts';
import { aboutApp } from './updates/about.ts';
import { closeWindow } from './window/closing.ts';
import type { Looking } from './notifications/jobNotice.ts';
import type { Joiner } from './quit/joiners.ts';
import { leaveApp } from './quit/leaveApp.ts';
import { createQuitFlow } from './quit/quitFlow.ts';
import type { QuitBy } from './quit/quitRule.ts';
import { askPlainly, createQuitScreen } from './quit/quitScreen.ts';
import { hasTrayHost } from './tray/trayHost.ts';
import { installAnswer } from './updates/update.ts';
import type { Updates } from './updates/update.ts';
import { createWindowHost } from './window/windowHost.ts';
import type { WindowHost } from './window/windowHost.ts';

/** What the desktop app is around its core: the one window, the ways out, and what they have to wait for. */
export interface Desktop {
  readonly host: WindowHost;
  /** Opens the window or brings it to the front. */
  show(): void;
  /** Shows the window and, where a job is named, that job in it. */
  reveal(jobId: number | null, tab: Reveal['tab']): void;
  /** Shows a sentence to the person, in the window. */
  notice(sentence: string): void;
  /** What the person sees of the queue at this moment. */
  looking(): Looking;
  /** Quits, asks, or stops the runs first, as the settings and the way out say. Every way out comes through here. */
  requestQuit(by: QuitBy): void;
  /** Whether it ends: nothing is shown any more. There is no way back from it. */
  readonly isLeaving: boolean;
  /** Whoever has to end something before the process ends adds it here. */
  addJoiner(joiner: Joiner): void;
  /** Calls `listener` when the window was closed into the tray. */
  onHidden(listener: () => void): void;
  /** Calls `listener` when a person calls off what follows the last run. */
  onStopWhenDone(listener: () => void): void;
}

/** What a desktop app is made from. */
export interface DesktopParts {
  readonly service: Service;
  /** The clone or the unpacked application. */
  readonly root: string;
  /** What looks for newer releases; null while, and where, nothing does. */
  readonly updates: () => Updates | null;
  readonly log: (line: string) => void;
}

const WINDOW_DEADLINE_MS = 1_000;

/** Composes window and quitting. No window is opened before somebody shows it. */
export function startDesktop({ service, root, updates, log }: DesktopParts): Desktop {
  const { core, attached } = service;
  const ask = askCore(core, 'quit');
  let selected: number | null = null;
  let onHidden = (): void => {};
  let onStopWhenDone = (): void => {};
  const joiners: Joiner[] = [...service.joiners];
  const host = createWindowHost({
    core,
    root,
    log,
    onClose: () =>
      void closeWindow({
        ask,
        hasTray: hasTrayHost,
        hide: () => {
          host.window?.hide();
          onHidden();
        },
        quit: () => flow.requestQuit('window'),
        log,
      }),
    onQuitKey: () => flow.requestQuit('keyboard'),
    desk: {
      'shell.about': () => ok(aboutApp(root, app.isPackaged, updates())),
      'shell.installUpdate': async () => installAnswer(await updates()?.install()),
      'shell.begin': () => ok(host.begin()),
      'shell.looking': ({ jobId }) => {
        selected = jobId;
        return ok(null);
      },
      'shell.quit': () => {
        flow.requestQuit('keyboard');
        return ok(null);
      },
      'shell.quitDrawn': ({ turn }) => {
        screen.drawn(turn);
        return ok(null);
      },
      'shell.answerQuit': ({ choice, remember }) => {
        flow.answer(choice, remember);
        return ok(null);
      },
      'shell.stopWhenDone': () => {
        onStopWhenDone();
        return ok(null);
      },
    },
  });
  const screen = createQuitScreen(host);
  let isLeaving = false;
  const flow = createQuitFlow({
    ask,
    dataFolder: core.dataFolder,
    attached,
    now: Date.now,
    onJobs: (listener) => core.on('changed', ({ jobId }) => jobId !== null && listener()),
    present: (view) => screen.present(view),
    askPlainly,
    toFront: () => host.show(),
    notice: (sentence) => host.tell('notice', sentence),
    leave() {
      isLeaving = true;
      leaveApp({ joiners: () => joiners, log, exit: () => app.exit(0) });
    },
    log,
  });
  joiners.push({ name: 'window', stage: 'window', deadlineMs: WINDOW_DEADLINE_MS, join: () => host.close() });

  // Electron asks to quit for reasons of its own, such as the menu of macOS.
  app.on('before-quit', (event) => {
    if (isLeaving) return;
    event.preventDefault();
    flow.requestQuit('keyboard');
  });
  // The app lives in the tray as well: it ends when it is asked to.
  app.on('window-all-closed', () => {});
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => flow.requestQuit('signal'));
  // Electron asks logind for a delay only when a listener for something else was there before the one for 'shutdown'.
  powerMonitor.on('resume', () => log('the machine woke up'));
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    // Holds logind's delay until the app has ended.
    event?.preventDefault();
    flow.requestQuit('session');
  });

  return {
    host,
    show: () => host.show(),
    reveal: (jobId, tab) => (jobId === null ? host.show() : host.reveal({ jobId, tab })),
    notice: (sentence) => host.tell('notice', sentence),
    looking: () => ({ focused: host.window?.isFocused() === true, jobId: selected }),
    requestQuit: (by) => flow.requestQuit(by),
    get isLeaving() {
      return isLeaving;
    },
    addJoiner: (joiner) => void joiners.push(joiner),
    onHidden: (listener) => (onHidden = listener),
    onStopWhenDone: (listener) => (onStopWhenDone = listener),
  };
}
