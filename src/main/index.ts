import { join } from 'node:path';
import { app, dialog } from 'electron';
import { leaveAppImage } from './appImage.ts';
import { AttachProblem } from './attach/attachCore.ts';
import { DatabaseProblem } from './core/db/problem.ts';
import { applicationRoot, applicationVersion, dataFolder } from './paths.ts';
import { openService } from './service.ts';
import type { Service } from './service.ts';
import { appLog } from './shell/appLog.ts';
import { setApplicationMenu } from './shell/window/applicationMenu.ts';
import { startDesktop } from './shell/desktop.ts';
import { ownWords } from './shell/launch/launch.ts';
import { performLaunch, startOf } from './shell/launch/performLaunch.ts';
import type { Start } from './shell/launch/performLaunch.ts';
import { startAgain } from './shell/launch/startAgain.ts';
import { gpuTiming } from './shell/machine/gpuTiming.ts';
import { startMachine } from './shell/machine/startMachine.ts';
import { registerPageScheme } from './shell/window/pageProtocol.ts';
import { startPresence } from './shell/presence.ts';
import { startHidden } from './shell/launch/startHidden.ts';
import type { Updates } from './shell/updates/update.ts';
import { watchReleases } from './shell/updates/watchReleases.ts';
import { folderProblem } from './usableFolder.ts';

leaveAppImage(process.env);
const root = applicationRoot();
const folder = dataFolder();
const log = appLog(folder);

const unusable = folderProblem(folder);
// One instance a data folder, not one a user: a second folder is a second, separate yard.
if (unusable === null) app.setPath('userData', join(folder, 'electron'));
// Training GPUs are not used to draw the window.
app.disableHardwareAcceleration();
registerPageScheme();
setApplicationMenu();

process.on('uncaughtException', (error) => log(`bug: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) =>
  log(`bug: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
);

const own: Start = { words: ownWords(process.argv, process.defaultApp), cwd: process.cwd() };
// The first instance is given the words as they are: on the way that Electron has for them, Chromium reorders switches.
if (unusable !== null) void leave(unusable);
else if (app.requestSingleInstanceLock({ ...own })) {
  const started = main();
  const perform = (start: Start): void => void started.then((act) => act(start));
  app.on('second-instance', (_, __, ___, given) => perform(startOf(given)));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    perform({ words: [url], cwd: own.cwd });
  });
  app.on('activate', () => perform({ words: [], cwd: own.cwd }));
  perform(own);
} else app.quit();

/** Says why the app cannot start, where a person looks and where a script does, and ends it. */
async function leave(words: string): Promise<void> {
  await app.whenReady();
  console.error(words);
  dialog.showErrorBox('Trainyard cannot start', words);
  app.exit(1);
}

/** Composes the app and resolves with what performs a start of it, this one or a second. */
async function main(): Promise<(start: Start) => Promise<void>> {
  await app.whenReady();
  const version = applicationVersion(root);
  const service = await openedService(version);
  if (service === null) {
    app.exit(1);
    return () => Promise.resolve();
  }
  const { core } = service;
  let updates = (): Updates | null => null;
  const desktop = startDesktop({ service, root, updates: () => updates(), log });
  service.onReachable((reachable) => desktop.host.tell('coreReachable', reachable));
  const notifications = startPresence({ core, desktop, root, log });
  startMachine({ core, desktop, notifications, root, log });
  updates = watchReleases({ core, desktop, notifications, log });
  // On Linux the package's desktop entry says it.
  if (app.isPackaged && process.platform !== 'linux') app.setAsDefaultProtocolClient('trainyard');
  const hide = (): void => void startHidden(desktop.host);
  return async (start) => {
    if (desktop.isLeaving) return startAgain(start, root, log);
    await performLaunch(start, { core, desktop, hide }).catch((error: unknown) => {
      log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      desktop.notice('Something unexpected went wrong with what was asked; the log of the app says more.');
    });
  };
}

async function openedService(version: string): Promise<Service | null> {
  try {
    return await openService({ dataFolder: folder, root, version, gpuTiming: gpuTiming(), log });
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const words =
      error instanceof DatabaseProblem || error instanceof AttachProblem
        ? error.message
        : `Something unexpected went wrong: ${String(error)}\nThe log says more: ${join(folder, 'app.log')}`;
    dialog.showErrorBox('Trainyard cannot start', words);
    return null;
  }
}
