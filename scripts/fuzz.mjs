// npm run fuzz [-- --long] [arguments of vitest]: every fuzz test; --long throws at least 100 000 inputs at each target.
import { delimiter, join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';

const words = process.argv.slice(2);
const long = words.includes('--long');
const vitest = join(repoRoot, 'node_modules/vitest/vitest.mjs');
const line = [vitest, 'run', '--project', 'integration', 'tests/fuzz', ...words.filter((word) => word !== '--long')];
process.exitCode = await runInForeground(pinnedNode, line, {
  cwd: repoRoot,
  env: {
    ...process.env,
    PATH: [join(repoRoot, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
    ...(long ? { TRAINYARD_FUZZ: 'long' } : {}),
  },
});
