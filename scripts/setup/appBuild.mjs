import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from './contentHash.mjs';
import { pinnedNode, projectCache, repoRoot } from './paths.mjs';
import { requireCommand } from './runCommand.mjs';
import { readStamp, writeStamp } from './stamp.mjs';

const config = 'electron.vite.config.ts';
const stampPath = join(projectCache, 'build.stamp');
const electronVite = join('node_modules', 'electron-vite', 'bin', 'electron-vite.js');

/** The app's bundle in out/, built anew when anything it is made of has changed. */
export const appBuildStep = {
  name: 'app build',
  isDone: () => {
    if (!existsSync(join(repoRoot, config))) return true;
    return existsSync(join(repoRoot, 'out', 'main', 'cli.js')) && readStamp(stampPath) === sourceHash();
  },
  run: async () => {
    console.log('Building the app …');
    // Taken before the build: a file that changes meanwhile makes the next set-up build again.
    const built = sourceHash();
    await requireCommand('Building the app failed', pinnedNode, [electronVite, 'build'], {
      cwd: repoRoot,
      advice: 'Look at the output above; `npm run build` shows all of it.',
    });
    writeStamp(stampPath, built);
  },
};

function sourceHash() {
  return contentHash(repoRoot, ['src', config, 'package.json', 'package-lock.json']);
}
