// npm run chaos -- [--minutes N] [--seed S] [--app] [--json FILE] [--docs PAGE] [--keep] [--verbose]
// Mistreats the queue for N minutes and says what was wrong afterwards. Everything it starts lives in a process and mount namespace
// of its own, so that nothing outlives it; where namespaces are not allowed it runs without, and without faults of the disk.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { withDisplay } from './setup/display.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';

const wanted = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const ways = [wanted, ['--map-root-user', '--user', ...wanted]];
const way = ways.find((words) => spawnSync('unshare', [...words, 'true'], { stdio: 'ignore' }).status === 0);
const line = [pinnedNode, join(repoRoot, 'tests/chaos/main.ts'), ...process.argv.slice(2)];
// A shell is the first process there: it reaps what others leave behind.
const inside = ['unshare', ...(way ?? []), 'sh', '-c', '"$@"; exit $?', 'sh', ...line];
const [program = '', ...words] = way === undefined ? line : inside;

const display = process.argv.includes('--app') ? await withDisplay() : null;
const child = spawn(program, words, {
  stdio: 'inherit',
  env: { ...(display?.env ?? process.env), ...(way === undefined ? {} : { CHAOS_NAMESPACE: '1' }) },
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill('SIGKILL'));
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
  void display?.dispose();
});
