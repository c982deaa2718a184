import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, Menu } from 'electron';
import { AttachProblem } from './attach/attachCore.ts';
import { DatabaseProblem } from './core/db/problem.ts';
import { applicationRoot, applicationVersion, dataFolder } from './paths.ts';
import { openService } from './service.ts';
import type { Service } from './service.ts';
import { appLog } from './shell/appLog.ts';
import { startDesktop } from './shell/desktop.ts';
import { startPresence } from './shell/presence.ts';

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
  const desktop = startDesktop({ service, root, log });
  service.onReachable((reachable) => desktop.host.tell('coreReachable', reachable));
  startPresence({ core: service.core, desktop, root, log });
  app.on('second-instance', () => desktop.show());
  app.on('activate', () => desktop.show());
  desktop.show();
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
