// npm run hazards -- [--repeat N] [--runner native|portable] [--only name] [--write-doc]: set-up, then the hazard corpus.
import { join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';
import { setUp } from './setup/setUp.mjs';

// Electron is not needed: what is stopped here are runs, and the app without its window.
process.exitCode = (await setUp({ electron: false }))
  ? await runInForeground(pinnedNode, [join(repoRoot, 'scripts', 'hazards', 'run.ts'), ...process.argv.slice(2)], {
      killAfterMs: 60_000,
    })
  : 1;
