import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sizeOf } from './folder.ts';
import { newestGlibc } from './glibc.ts';
import type { BuildNames } from './names.ts';

/**
 * Debian's packages with the libraries that Electron is linked to or loads by itself. Debian 13 and Ubuntu 24.04 have
 * renamed some: the first name that exists counts.
 */
const LIBRARIES = [
  'libasound2t64 | libasound2',
  'libatk-bridge2.0-0t64 | libatk-bridge2.0-0',
  'libatspi2.0-0t64 | libatspi2.0-0',
  'libcups2t64 | libcups2',
  'libdbus-1-3',
  'libexpat1',
  'libgbm1',
  'libgcc-s1',
  'libglib2.0-0t64 | libglib2.0-0',
  'libgtk-3-0t64 | libgtk-3-0',
  'libnotify4',
  'libnss3',
  'libudev1',
  'libxkbcommon0',
  'libxss1',
  'xdg-utils',
];

/** The package's control file: name, version, what it needs. */
export function control(names: BuildNames, staging: string): string {
  const { debVersion, debArchitecture, description, testBuild } = names;
  const long = [
    'A window, a tray icon and a terminal command for the same queue. Runs survive the app: the next start takes them up.',
    ...(testBuild
      ? ['This is a test build around an Electron that gets no security updates. It is not meant for daily use.']
      : []),
  ];
  const fields = {
    Package: 'trainyard',
    Version: debVersion,
    Architecture: debArchitecture,
    Maintainer: 'Trainyard contributors <packages@trainyard.invalid>',
    Section: 'science',
    Priority: 'optional',
    'Installed-Size': String(Math.ceil(sizeOf(staging) / 1024)),
    Depends: [`libc6 (>= ${newestGlibc(staging)})`, ...LIBRARIES].join(', '),
    Description: `${description.replace(/\.$/, '')}${testBuild ? ' (test build)' : ''}`,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `${[...lines, ...long.map((line) => ` ${line}`)].join('\n')}\n`;
}

/** The MD5 of every installed file, for debsums and `dpkg --verify`. */
export function checksums(staging: string): string {
  return readdirSync(staging, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(staging, path).startsWith('DEBIAN/'))
    .toSorted()
    .map((path) => `${createHash('md5').update(readFileSync(path)).digest('hex')}  ${relative(staging, path)}\n`)
    .join('');
}

/** The package's copyright file. */
export function copyright({ license }: BuildNames, root: string): string {
  return `Trainyard is free software (${license}):

${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}

What the package holds besides has its own licences:
  Electron                  /opt/trainyard/LICENSE.electron.txt
  Chromium and its parts    /opt/trainyard/LICENSES.chromium.html
  npm libraries             /opt/trainyard/LICENSES.libraries.txt
  the samples' data         /opt/trainyard/resources/app.asar.unpacked/resources/samples/data/README.md
`;
}
