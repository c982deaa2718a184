// npm run package [-- --folder-only]: set-up, then a runnable folder and a .deb in dist/.
import { join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';
import { setUp } from './setup/setUp.mjs';

process.exitCode = (await setUp())
  ? await runInForeground(pinnedNode, [join(repoRoot, 'scripts', 'package', 'build.ts'), ...process.argv.slice(2)], {
      killAfterMs: 10_000,
    })
  : 1;
