import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { createPackageWithOptions } from '@electron/asar';
import { flipFuses, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import type { Runtime } from '../setup/runtime.mjs';
import { layOutApp, UNPACKED } from './contents.ts';
import { FUSES } from './fuses.ts';
import { libraryLicences } from './licences.ts';
import type { BuildNames } from './names.ts';
import { updateSource } from './updateSource.ts';

/** The app's executable in the package. */
export const EXECUTABLE = 'trainyard';

/** Of a runtime: another app in it, and languages that the app does not speak. */
const LEFT_OUT = /^resources\/|^locales\/(?!en-US\.pak$)/;

/**
 * Makes the runnable folder: the runtime under the app's name, its fuses set, the app in one archive, the terminal's
 * command in bin/. Replaces a folder of the same name.
 */
export async function makeFolder(root: string, target: string, names: BuildNames, runtime: Runtime): Promise<void> {
  const electron = dirname(runtime.executable);
  rmSync(target, { recursive: true, force: true });
  cpSync(electron, target, {
    recursive: true,
    filter: (path) => path === electron || !LEFT_OUT.test(relative(electron, path)),
  });
  renameSync(join(target, basename(runtime.executable)), join(target, EXECUTABLE));
  await setFuses(join(target, EXECUTABLE));
  await makeArchive(root, join(target, 'resources'), names, runtime);
  const updates = updateSource(names);
  if (updates !== null) writeFileSync(join(target, 'resources', 'app-update.yml'), updates);
  mkdirSync(join(target, 'bin'));
  cpSync(join(root, 'resources', 'linux', 'trainyard.sh'), join(target, 'bin', 'trainyard'));
  writeFileSync(join(target, 'LICENSES.libraries.txt'), libraryLicences(root));
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
  settleModes(target, new Set([EXECUTABLE, 'bin/trainyard', 'chrome-sandbox', 'chrome_crashpad_handler']));
}

async function setFuses(executable: string): Promise<void> {
  const wire = await getCurrentFuseWire(executable);
  // An older Electron lacks the newest ones.
  const switches = Object.fromEntries(
    FUSES.filter(({ option }) => option in wire).map(({ option, on }) => [option, on]),
  );
  await flipFuses(executable, { version: FuseVersion.V1, ...switches });
}

async function makeArchive(root: string, resources: string, names: BuildNames, runtime: Runtime): Promise<void> {
  const staging = join(resources, 'app');
  mkdirSync(resources, { recursive: true });
  layOutApp(root, staging, names, runtime);
  await createPackageWithOptions(staging, join(resources, 'app.asar'), {
    unpack: UNPACKED.files,
    unpackDir: UNPACKED.folders,
  });
  rmSync(staging, { recursive: true });
}

/** Modes as a package has them, whatever the umask and the cache had. The runner and libraries keep their bit. */
function settleModes(folder: string, programs: ReadonlySet<string>): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const runs = programs.has(relative(folder, path)) || entry.name === 'trainyard-runner';
    chmodSync(path, entry.isDirectory() || runs ? 0o755 : 0o644);
  }
  chmodSync(folder, 0o755);
}

/** The size of a folder in bytes. */
export function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
