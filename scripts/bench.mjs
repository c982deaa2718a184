// npm run bench -- [--quick] [--only name,…] [--out folder]: set-up, then every measure beside its floors and peers.
import { runInForeground } from './setup/foregroundChild.mjs';
import { join } from 'node:path';
import { pinnedNode, repoRoot } from './setup/paths.mjs';
import { setUp } from './setup/setUp.mjs';

process.exitCode = (await setUp())
  ? await runInForeground(pinnedNode, [join(repoRoot, 'scripts', 'bench', 'run.ts'), ...process.argv.slice(2)], {
      killAfterMs: 60_000,
    })
  : 1;
