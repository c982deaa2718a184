import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Runtime } from '../setup/runtime.mjs';
import type { BuildNames } from './names.ts';
import { closureOf, productionNames } from './productionModules.ts';

/** What of the clone is the app, besides its npm packages. */
const OWN = ['out', 'resources/clients', 'resources/samples', 'resources/icons', 'resources/tray', 'LICENSE'];
const NOT_OURS_TO_SHIP = /\.stamp$|\.map$|^resources\/icons\/.*\.svg$|^resources\/icons\/1024\.png$/;

/** Of npm packages: types, sources, tests and documentation are read by nobody at run time. */
const UNUSED_IN_PACKAGES =
  /\.[cm]?ts$|\.map$|\.tsbuildinfo$|\.markdown$|(?<!LICEN[CS]E)\.md$|\/(?:tests?|docs?|example|examples|\.github|\.idea)\/|\/zod\/src\/|\/csv-parse\/dist\/(?:iife|umd)\/|\/better-sqlite3\/(?:deps|src|prebuilds|binding\.gyp)(?:\/|$)/;

/** Headers for compiling better-sqlite3, which is compiled already. */
const UNUSED_PACKAGES = new Set(['node-addon-api']);

/** What must lie beside the archive as files: programs, libraries, and what other programs read. Globs of the archive's paths. */
export const UNPACKED = {
  files: '**/{*.node,trainyard-runner}',
  folders: 'resources',
} as const;

/** Lays out in `target` what goes into the app's archive: the bundle, its npm packages, its resources and a manifest. */
export function layOutApp(root: string, target: string, names: BuildNames, runtime: Runtime): void {
  mkdirSync(target, { recursive: true });
  for (const own of OWN) {
    const source = join(root, own);
    // Other platforms have no native runner, a first build no tray pictures.
    if (existsSync(source)) copy(source, join(target, own), (path) => !NOT_OURS_TO_SHIP.test(relative(root, path)));
  }
  for (const { path, name } of closureOf(root, productionNames(root))) {
    if (UNUSED_PACKAGES.has(name)) continue;
    copy(join(root, path), join(target, path), (file) => {
      const within = `/${relative(root, file)}`;
      // A package inside the package is one of its own.
      const nested = basename(file) === 'node_modules' && file !== join(root, path);
      return !nested && !UNUSED_IN_PACKAGES.test(within);
    });
  }
  placeSqlite(root, target, runtime);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifestOf(root, names), null, 2)}\n`);
}

/** The one SQLite binding that this runtime on this machine loads, where better-sqlite3 looks by itself. */
function placeSqlite(root: string, target: string, runtime: Runtime): void {
  const own = `${process.platform}-${process.arch}.node`;
  const packaged = join(root, 'node_modules', 'better-sqlite3', 'prebuilds', own);
  const place = join(target, 'node_modules', 'better-sqlite3');
  const [source, path] =
    runtime.sqliteBinding === null
      ? [packaged, join(place, 'prebuilds', own)]
      : [runtime.sqliteBinding, join(place, 'build', 'Release', 'better_sqlite3.node')];
  mkdirSync(dirname(path), { recursive: true });
  cpSync(source, path);
}

function manifestOf(root: string, { productName, version, testBuild }: BuildNames): Record<string, unknown> {
  const { name, description, license, type, main } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  // Wayland knows a window by the desktop entry that Electron names.
  return { name, productName, version, description, license, type, main, testBuild, desktopName: 'trainyard.desktop' };
}

function copy(source: string, target: string, wanted: (path: string) => boolean): void {
  cpSync(source, target, { recursive: true, dereference: true, filter: wanted });
}
