import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { fetchOfficialElectron, officialExecutable, officialGivenUpUntil } from './officialElectron.mjs';
import { repoRoot, userCache } from './paths.mjs';
import { findRuntime, writeRuntime } from './runtime.mjs';
import { warnAboutSandbox } from './sandbox.mjs';
import { ensureSqliteForStandIn, standInSqlite } from './sqliteForStandIn.mjs';
import { ensureStandIn, standInExecutable, standInFits, standInVersion } from './standInElectron.mjs';
import { StepFailure } from './stepFailure.mjs';

/** An Electron to run the app on: the pinned official one, or the stand-in where its download host cannot be reached. */
export const electronRuntimeStep = {
  name: 'Electron runtime',
  isDone: () => {
    const current = findRuntime();
    return current !== null && JSON.stringify(current) === JSON.stringify(runtimeInCache());
  },
  run: async () => {
    const cache = userCache();
    await withLock(
      join(cache, 'lock'),
      async () => {
        if (runtimeInCache() === null) await fetchRuntime();
      },
      (owner) => console.log(`Waiting for the set-up of process ${owner}, which is filling ${cache} …`),
    );
    const runtime = runtimeInCache();
    if (runtime === null) throw new StepFailure(`The Electron runtime is not in ${cache} after it was put there`);
    writeRuntime(runtime);
    warnAboutSandbox(runtime);
  },
};

/** Which runtime is used, in one line. @param {import('./runtime.mjs').Runtime} runtime */
export function describeRuntime(runtime) {
  return runtime.kind === 'official'
    ? `Electron ${runtime.version} (official)`
    : `Electron ${runtime.version} (stand-in: the official ${pinnedElectron()} could not be fetched)`;
}

/** What the cache offers now, the official one first; null when something has to be fetched. @returns {import('./runtime.mjs').Runtime | null} */
function runtimeInCache() {
  // Chromium refuses to start its sandbox as root, and says so by not starting.
  const electronArgs = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const version = pinnedElectron();
  const official = officialExecutable(version);
  if (official) return { kind: 'official', executable: official, version, electronArgs, sqliteBinding: null };
  if (!officialGivenUpUntil(version)) return null;
  const executable = standInExecutable();
  const sqliteBinding = standInSqlite();
  if (!executable || !sqliteBinding) return null;
  return { kind: 'stand-in', executable, version: standInVersion, electronArgs, sqliteBinding };
}

async function fetchRuntime() {
  const version = pinnedElectron();
  let reason = 'an earlier attempt failed today';
  if (!officialGivenUpUntil(version)) {
    const failure = await fetchOfficialElectron(version);
    if (failure === null) return;
    reason = failure;
  }
  if (!standInFits()) {
    throw new StepFailure(`Electron ${version} could not be fetched: ${reason}`, {
      advice:
        'Give the machine access to github.com, or name a mirror in ELECTRON_MIRROR, and run with TRAINYARD_RETRY_ELECTRON=1. ' +
        'The app without a window needs none of this: npm run setup -- --without-electron',
    });
  }
  console.log(`Electron ${version} cannot be fetched (${reason}); setting up the stand-in.`);
  await ensureStandIn();
  await ensureSqliteForStandIn();
}

function pinnedElectron() {
  return JSON.parse(readFileSync(join(repoRoot, 'node_modules', 'electron', 'package.json'), 'utf8')).version;
}
