import type { Core } from '../core/createCore.ts';
import type { Desktop } from './desktop.ts';
import { startNotifications } from './notifications/startNotifications.ts';
import type { Notifications } from './notifications/startNotifications.ts';
import { startTray } from './tray/startTray.ts';

/** What the app's presence outside its window is made from. */
export interface PresenceParts {
  readonly core: Core;
  readonly desktop: Desktop;
  /** The clone or the unpacked application. */
  readonly root: string;
  readonly log: (line: string) => void;
}

/** A server that does not answer must not hold the app back. */
const DEADLINE_MS = 1_500;

/** Starts tray and notifications; both end when the app quits. Neither needs the window. */
export function startPresence({ core, desktop, root, log }: PresenceParts): Notifications {
  const notifications = startNotifications({
    core,
    root,
    reveal: desktop.reveal,
    looking: desktop.looking,
    log,
  });
  const tray = startTray({
    core,
    root,
    open: desktop.show,
    quit: () => desktop.requestQuit('tray'),
    refused: notifications.refused,
    log,
  });
  desktop.addJoiner({
    name: 'tray',
    stage: 'window',
    deadlineMs: DEADLINE_MS,
    join: () => tray[Symbol.dispose](),
  });
  desktop.addJoiner({
    name: 'notifications',
    stage: 'window',
    deadlineMs: DEADLINE_MS,
    join: () => notifications.close(),
  });
  return notifications;
}
