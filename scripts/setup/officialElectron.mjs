import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillCacheFolder } from './cacheFolder.mjs';
import { pinnedNode, repoRoot, userCache } from './paths.mjs';
import { lastLines, runCommand } from './runCommand.mjs';
import { smokeTest } from './smokeTest.mjs';
import { readStamp, writeStamp } from './stamp.mjs';

const downloader = fileURLToPath(new URL('./downloadElectron.mjs', import.meta.url));
const retryAfterMs = 24 * 60 * 60 * 1000;
// Reaching the host is limited to 15 s by the downloader; this limit is for 120 MB over a slow line.
const downloadLimitMs = 15 * 60 * 1000;
const inPackage =
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron';

/** The official executable in the user's cache, or null. @param {string} version */
export function officialExecutable(version) {
  const executable = join(userCache(), folderName(version), inPackage);
  return existsSync(executable) ? executable : null;
}

/**
 * Until when (ms since 1970) the official download is not tried again, because it failed less than a day ago; 0 when it
 * may be tried. TRAINYARD_RETRY_ELECTRON=1 tries it now.
 * @param {string} version
 */
export function officialGivenUpUntil(version) {
  if (retriesNow()) return 0;
  const failedAt = Number(readStamp(failurePath(version)));
  const until = failedAt + retryAfterMs;
  // A failure "in the future" is a clock that was wrong: try again.
  return failedAt <= Date.now() && until > Date.now() ? until : 0;
}

/**
 * Fetches the official Electron into the user's cache with the electron package's own downloader and checksums.
 * @param {string} version @returns {Promise<string | null>} null when it is there, else why not
 */
export async function fetchOfficialElectron(version) {
  console.log(`Fetching Electron ${version} …`);
  /** @type {string | null} */
  let failure = null;
  try {
    await fillCacheFolder(folderName(version), async (folder) => {
      const { code, output, timedOut } = await runCommand(pinnedNode, [downloader, folder], {
        cwd: repoRoot,
        // Node's fetch would ignore a proxy in the environment and a company's certificate in the system.
        env: { ...process.env, NODE_USE_ENV_PROXY: '1', NODE_USE_SYSTEM_CA: '1' },
        limitMs: downloadLimitMs,
      });
      if (timedOut) throw new Error(`not complete within ${downloadLimitMs / 60_000} minutes`);
      if (code !== 0) throw new Error(lastLines(output).split('\n').at(-1) || `exit code ${code}`);
      await smokeTest(join(folder, inPackage), version);
    });
  } catch (error) {
    // A library that is missing on this machine would stop the stand-in just the same.
    if (!(error instanceof Error) || 'advice' in error) throw error;
    failure = error.message;
  }
  if (failure !== null) {
    writeStamp(failurePath(version), String(Date.now()));
    retried = true;
  }
  return failure;
}

let retried = false;

/** One retry per set-up is what the variable asks for. */
function retriesNow() {
  return process.env.TRAINYARD_RETRY_ELECTRON === '1' && !retried;
}

/** @param {string} version */
function folderName(version) {
  return `electron-${version}-${process.platform}-${process.arch}`;
}

/** @param {string} version */
function failurePath(version) {
  return join(userCache(), `electron-${version}.unreachable-at`);
}
