// npm run test:package: set-up, then the package is made, installed, used by an ordinary user, upgraded, removed and purged.
import { join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';
import { setUp } from './setup/setUp.mjs';

const vitest = join(repoRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('tests', 'package', 'vitest.config.ts');

process.exitCode = (await setUp())
  ? await runInForeground(pinnedNode, [vitest, 'run', '--config', config, ...process.argv.slice(2)], {
      cwd: repoRoot,
      killAfterMs: 60_000,
    })
  : 1;
