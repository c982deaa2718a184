import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import type { Desktop } from '../desktop.ts';
import { ownCommand } from '../login/ownCommand.ts';
import { createStartAtLogin } from '../login/startAtLogin.ts';
import type { Notifications } from '../notifications/startNotifications.ts';
import { taskbarOf } from './taskbar.ts';
import { unpackagedOnly } from './unpackaged.ts';
import { watchRuns } from './watchRuns.ts';
import { createKeepAwake } from './keepAwake.ts';
import { powerCommand, runPowerCommand } from './powerCommand.ts';
import { startWhenDone } from './startWhenDone.ts';
import { COUNTDOWN_MS, SETTLE_MS } from './whenDone.ts';

/** What the app's hold on the machine is made from. */
export interface MachineParts {
  readonly core: Core;
  readonly desktop: Desktop;
  readonly notifications: Pick<Notifications, 'tell' | 'takeBack'>;
  /** The clone or the unpacked application. */
  readonly root: string;
  readonly log: (line: string) => void;
}

const WHEN_DONE_KEY = 'when-done';

/** What the settings say about the machine, done: staying awake, starting at login, what follows the last run, the taskbar. */
export function startMachine({ core, desktop, notifications, root, log }: MachineParts): void {
  const ask = askCore(core, 'window');
  const keepAwake = createKeepAwake();
  const startAtLogin = createStartAtLogin(
    {
      command: ownCommand({
        program: process.execPath,
        words: process.argv.slice(1),
        root: app.isPackaged ? null : root,
        env: process.env,
      }),
      dataFolder: core.dataFolder,
    },
    log,
  );
  const whenDone = startWhenDone({
    times: whenDoneTimes(),
    now: Date.now,
    present(view) {
      desktop.host.tell('whenDone', view);
      if (view === null) notifications.takeBack(WHEN_DONE_KEY);
    },
    notify: ({ action, at }) =>
      notifications.tell({
        key: WHEN_DONE_KEY,
        title: 'All runs have ended',
        body: `The machine ${action === 'sleep' ? 'goes to sleep' : 'shuts down'} at ${new Date(at).toLocaleTimeString()}. The window can call it off.`,
      }),
    forget: async () => void (await ask('settings.set', { whenDone: 'nothing' })),
    perform: (action) =>
      runPowerCommand(powerCommand(action, process.platform, unpackagedOnly('TRAINYARD_POWER_COMMAND'))),
    notice: desktop.notice,
    log,
  });
  desktop.onStopWhenDone(() => whenDone.callOff());
  desktop.onHidden(() => {
    if (isFirst(join(core.dataFolder, 'closed-to-tray'), log))
      notifications.tell({
        key: 'closed-to-tray',
        title: 'Trainyard goes on in the tray',
        body: 'Runs and the queue go on. Quit is in the menu of the tray icon; the settings can make closing the window quit.',
      });
  });

  const watch = watchRuns(
    core,
    ask,
    (facts) => {
      keepAwake.look(facts);
      startAtLogin.look(facts.settings.startAtLogin);
      whenDone.look(facts);
      const { progress, badge } = taskbarOf(facts.live);
      desktop.host.window?.setProgressBar(progress);
      app.setBadgeCount(badge);
    },
    log,
  );
  desktop.addJoiner({
    name: 'machine',
    stage: 'window',
    deadlineMs: 500,
    join() {
      for (const part of [watch, whenDone, keepAwake]) part[Symbol.dispose]();
    },
  });
}

function whenDoneTimes() {
  const seconds = Number(unpackagedOnly('TRAINYARD_WHEN_DONE_SECONDS') ?? Number.NaN);
  return Number.isFinite(seconds)
    ? { settleMs: 0, countdownMs: seconds * 1_000 }
    : { settleMs: SETTLE_MS, countdownMs: COUNTDOWN_MS };
}

/** Whether this happens for the first time on this data folder, and from now on not any more. */
function isFirst(mark: string, log: (line: string) => void): boolean {
  if (existsSync(mark)) return false;
  try {
    writeFileSync(mark, '', { mode: 0o600 });
  } catch (error) {
    log(`closing: ${String(error)}`);
  }
  return true;
}
