import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { requireCommand, runCommand } from './runCommand.mjs';

/**
 * What the machine must offer, each with the Debian package it comes in and how it is found on any Linux.
 * @typedef {{package: string, library?: string, commands?: string[], file?: string, onlyHeadless?: true, electron: boolean}} Need
 * @type {readonly Need[]}
 */
export const needs = [
  { package: 'libgtk-3-0', library: 'libgtk-3.so.0', electron: true },
  { package: 'libnss3', library: 'libnss3.so', electron: true },
  { package: 'libasound2', library: 'libasound.so.2', electron: true },
  { package: 'libgbm1', library: 'libgbm.so.1', electron: true },
  { package: 'libxss1', library: 'libXss.so.1', electron: true },
  { package: 'libnotify4', library: 'libnotify.so.4', electron: true },
  { package: 'xdg-utils', commands: ['xdg-open'], electron: true },
  { package: 'xvfb', commands: ['Xvfb'], onlyHeadless: true, electron: true },
  { package: 'dbus', commands: ['dbus-daemon'], electron: true },
  { package: 'dbus-x11', commands: ['dbus-launch'], electron: true },
  { package: 'fonts-liberation', file: '/usr/share/fonts/truetype/liberation', onlyHeadless: true, electron: true },
  { package: 'unzip', commands: ['unzip'], electron: true },
  // For the native runner, which the machine's own compiler can make as well.
  { package: 'musl-tools', commands: ['musl-gcc', 'cc'], electron: false },
];

/** Whether a program is on PATH. @param {string} command */
export function isOnPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether this session can show a window by itself. @param {NodeJS.ProcessEnv} env */
export function hasDisplay(env = process.env) {
  return process.platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** The step for a set-up with or without Electron. @param {{electron: boolean}} options */
export function systemPackagesStep({ electron }) {
  return {
    name: 'system packages',
    isDone: async () => process.platform !== 'linux' || (await missingPackages(electron)).length === 0,
    run: async () => {
      await installPackages(await missingPackages(electron));
    },
  };
}

/**
 * Installs Debian packages as root; for anyone else it prints the command to type and goes on, because the library
 * may be there under another name. What is truly lacking shows when the runtime is tried.
 * @param {readonly string[]} packages @returns {Promise<boolean>} whether they were installed
 */
export async function installPackages(packages) {
  if (packages.length === 0) return true;
  if (!isOnPath('apt-get')) {
    console.warn(
      `Not found on this machine: ${packages.join(' ')} (Debian's names). Please install what your system calls them.`,
    );
    return false;
  }
  if (process.getuid?.() !== 0) {
    console.warn(`Not found on this machine: ${packages.join(' ')}. To install:\n  ${aptLine(packages)}`);
    return false;
  }
  console.log(`Installing Debian packages: ${packages.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, advice: `Try it by hand: ${aptLine(packages)}` };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  // Failing to refresh is no failure yet: the lists at hand may do.
  await runCommand('apt-get', [...wait, 'update'], { env });
  const names = await Promise.all(packages.map(currentName));
  await requireCommand(
    'apt-get install failed',
    'apt-get',
    [...wait, 'install', '-y', '--no-install-recommends', ...names],
    options,
  );
  return true;
}

/** Programs that tests alone use, each in the Debian package of its name. */
const testPrograms = ['dunst'];

/** Installs what tests use where that can be done; a test whose program is not there says so and is skipped. */
export async function installTestPrograms() {
  if (process.platform !== 'linux') return;
  try {
    await installPackages(testPrograms.filter((program) => !isOnPath(program)));
  } catch (error) {
    console.warn(
      `Tests that use ${testPrograms.join(', ')} will be skipped: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** The command a person types to install packages. @param {readonly string[]} packages */
export function aptLine(packages) {
  return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/** @param {boolean} electron */
async function missingPackages(electron) {
  const wanted = needs.filter((need) => (electron || !need.electron) && !(need.onlyHeadless && hasDisplay()));
  const libraries = wanted.some((need) => need.library) ? await knownLibraries() : '';
  return wanted.filter((need) => !isFound(need, libraries)).map((need) => need.package);
}

/** @param {Need} need @param {string | null} libraries */
function isFound(need, libraries) {
  if (need.commands) return need.commands.some(isOnPath);
  if (need.file) return existsSync(need.file);
  return libraries === null || libraries.includes(`\t${need.library} `);
}

/** What the dynamic linker knows, or null where there is no such list to ask. @returns {Promise<string | null>} */
function knownLibraries() {
  const ldconfig = existsSync('/sbin/ldconfig') ? '/sbin/ldconfig' : 'ldconfig';
  return new Promise((resolve) => {
    execFile(ldconfig, ['-p'], { maxBuffer: 16 << 20 }, (error, stdout) => resolve(error ? null : stdout));
  });
}

/** Debian 13 and Ubuntu 24.04 have renamed some libraries (libgtk-3-0 → libgtk-3-0t64). @param {string} name */
async function currentName(name) {
  if (!name.startsWith('lib')) return name;
  const { code } = await runCommand('apt-cache', ['show', '--no-all-versions', `${name}t64`]);
  return code === 0 ? `${name}t64` : name;
}
