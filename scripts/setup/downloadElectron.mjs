// Run by the pinned Node 24, because the electron package's downloader needs it: node downloadElectron.mjs <folder>
// Leaves the unpacked official Electron in <folder>. Ends with exit code 1 and the reason as its last line otherwise.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const reachLimitMs = 15_000;
const folder = process.argv[2];
const require = createRequire(import.meta.url);
// The downloader is a dependency of electron, not ours: it is found from there.
const requireFromElectron = createRequire(require.resolve('electron/package.json'));

/** @param {string} name @returns {Promise<any>} */
const load = (name) => import(requireFromElectron.resolve(name));

try {
  const { downloadArtifact } = await load('@electron/get');
  const { extract } = await load('@electron-internal/extract-zip');
  const { version } = requireFromElectron('./package.json');
  const checksums = requireFromElectron('./checksums.json');
  const details = { version, artifactName: 'electron', platform: process.platform, arch: process.arch, checksums };
  // Answered from the downloader's own cache when the zip is there, so a machine that is offline by now still gets it.
  const zip = await downloadArtifact({ ...details, downloader: { download: reachThenDownload } });
  await extract(zip, { dir: folder });
} catch (error) {
  console.error(whole(error));
  process.exitCode = 1;
}

/** Asks the host for the first byte within the limit before it commits to a long download. @param {string} url @param {string} file @param {object} [options] */
async function reachThenDownload(url, file, options) {
  const { FetchDownloader } = await import(
    `${dirname(requireFromElectron.resolve('@electron/get'))}/FetchDownloader.js`
  );
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(reachLimitMs) });
    // Not HEAD, which some mirrors refuse.
    await response.body?.cancel();
  } catch (error) {
    throw new Error(`${new URL(url).host} cannot be reached`, { cause: error });
  }
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  await new FetchDownloader().download(url, file, options);
}

/** An error with what caused it, in one line: fetch itself says only "fetch failed". @param {unknown} error @returns {string} */
function whole(error) {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${whole(error.cause)}`;
}
