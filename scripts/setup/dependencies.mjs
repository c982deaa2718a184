import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from './contentHash.mjs';
import { runNpm } from './npmCommand.mjs';
import { pinnedNode, projectCache, repoRoot } from './paths.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { StepFailure } from './stepFailure.mjs';

const stampPath = join(projectCache, 'dependencies.stamp');
const advice = 'Check the registry with `npm ping` and the disk space, then run the same command again.';

/** node_modules as package-lock.json has it, by `npm ci`, with the pinned Node in place. */
export const dependenciesStep = {
  name: 'npm packages',
  isDone: () => {
    if (!existsSync(pinnedNode)) return false;
    // Without our stamp somebody ran `npm install` or `npm ci` by hand: what npm noted there decides.
    return readStamp(stampPath) === contentHash(repoRoot, ['package-lock.json']) || installedMatches();
  },
  run: async () => {
    console.log('Installing the npm packages (npm ci) …');
    // Only the package `node` needs its install script, and it is run below: npm 10 would besides run node-gyp for
    // better-sqlite3, which needs Python and headers from nodejs.org only to find that there is nothing to build.
    // Warnings are about packages that want Node 22: they run on the pinned Node 24, not on the machine's.
    // With NODE_ENV=production npm would leave out the tools that build the app.
    const quietly = ['--loglevel=error', '--no-audit', '--no-fund'];
    await runNpm('npm ci failed', ['ci', '--include=dev', '--ignore-scripts', ...quietly], { cwd: repoRoot, advice });
    await runNpm('Placing the pinned Node failed', ['rebuild', 'node', '--ignore-scripts=false', ...quietly], {
      cwd: repoRoot,
      advice,
    });
    if (!existsSync(pinnedNode)) throw new StepFailure(`The package "node" left no ${pinnedNode}`, { advice });
    writeStamp(stampPath, contentHash(repoRoot, ['package-lock.json']));
  },
};

function installedMatches() {
  try {
    const locked = JSON.parse(readFileSync(join(repoRoot, 'package-lock.json'), 'utf8'));
    const installed = JSON.parse(readFileSync(join(repoRoot, 'node_modules', '.package-lock.json'), 'utf8'));
    return lockMatches(locked.packages, installed.packages);
  } catch {
    return false;
  }
}

/**
 * Whether what npm installed is what the lock file asks for. Optional packages may be missing (other platforms).
 * @typedef {Record<string, {version?: string, integrity?: string, optional?: boolean, devOptional?: boolean}>} Packages
 * @param {Packages} locked @param {Packages} installed
 */
export function lockMatches(locked, installed) {
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path];
    if (!found) {
      if (wanted.optional || wanted.devOptional) continue;
      return false;
    }
    if (found.version !== wanted.version || found.integrity !== wanted.integrity) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}
