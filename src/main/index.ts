import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, Menu } from 'electron';
import { ok } from '../shared/result.ts';
import { AttachProblem } from './attach/attachCore.ts';
import { DatabaseProblem } from './core/db/problem.ts';
import { applicationRoot, applicationVersion, dataFolder } from './paths.ts';
import { openService } from './service.ts';
import type { Service } from './service.ts';
import { appLog } from './shell/appLog.ts';
import { openMainWindow } from './shell/mainWindow.ts';
import type { MainWindow } from './shell/mainWindow.ts';
import type { ShellDesk } from './shell/shellRouter.ts';

const root = applicationRoot();
const folder = dataFolder();
const log = appLog(folder);

// Electron keeps its single-instance lock there, and takes a folder that is missing for a lock that is held.
mkdirSync(join(folder, 'electron'), { recursive: true, mode: 0o700 });
// One instance a data folder, not one a user: a second folder is a second, separate yard.
app.setPath('userData', join(folder, 'electron'));
// Training GPUs are not used to draw the window.
app.disableHardwareAcceleration();
Menu.setApplicationMenu(null);

process.on('uncaughtException', (error) => log(`bug: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) =>
  log(`bug: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
);

if (app.requestSingleInstanceLock()) void main();
else app.quit();

async function main(): Promise<void> {
  await app.whenReady();
  const version = applicationVersion(root);
  const service = await openedService(version);
  if (service === null) return app.exit(1);
  const { core } = service;

  const desk: ShellDesk = { answerQuit: () => ok(null), stopWhenDone: () => ok(null) };
  let shown: MainWindow | null = null;
  const showWindow = (): void => {
    if (shown === null || shown.window.isDestroyed()) shown = openMainWindow({ core, desk, root, log });
    if (shown.window.isMinimized()) shown.window.restore();
    shown.window.focus();
  };
  app.on('second-instance', showWindow);
  app.on('activate', showWindow);
  app.on('window-all-closed', () => app.quit());
  quitWith(() => service.close());
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  showWindow();
}

async function openedService(version: string): Promise<Service | null> {
  try {
    return await openService({ dataFolder: folder, root, version, log });
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

/** After this long quitting does not wait any more. */
const QUIT_LIMIT_MS = 5_000;

/** Ends the service before the process ends; runs go on. */
function quitWith(close: () => Promise<void>): void {
  app.on('will-quit', (event) => {
    event.preventDefault();
    // Runs do not depend on the app: nothing is lost by leaving a service that does not close.
    setTimeout(() => {
      log('quit: the service did not close in time');
      app.exit(0);
    }, QUIT_LIMIT_MS);
    void close()
      .catch((error: unknown) => log(`quit: ${String(error)}`))
      // Every window is closed by now; a second quit() would not be heard while the first one is being prevented.
      .finally(() => app.exit(0));
  });
}
