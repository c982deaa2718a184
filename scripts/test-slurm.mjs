// npm run test:slurm: every test against a real Slurm. As root on Debian what is missing is installed; else it is said.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runInForeground } from './setup/foregroundChild.mjs';
import { pinnedNode, repoRoot } from './setup/paths.mjs';

const PACKAGES = ['slurm-wlm', 'munge', 'openssh-server'];
const PROGRAMS = ['sbatch', 'slurmctld', 'slurmd', 'munged', 'sshd'];
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

const missing = PROGRAMS.filter((name) => !FOLDERS.some((folder) => existsSync(join(folder, name))));
if (missing.length > 0) install();

process.exitCode = await runInForeground(
  pinnedNode,
  [join(repoRoot, 'node_modules/vitest/vitest.mjs'), 'run', '--project=slurm', ...process.argv.slice(2)],
  { cwd: repoRoot, env: { ...process.env, TRAINYARD_SLURM: 'all' } },
);

/** Installs the packages without starting their services: the tests bring up a cluster of their own. */
function install() {
  const line = `apt-get install --no-install-recommends -y ${PACKAGES.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`These tests need ${missing.join(', ')}. On Debian, as root: ${line}`);
    process.exit(1);
  }
  console.log(`Installing ${PACKAGES.join(', ')}: ${missing.join(', ')} not found`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [
    ['update', '-q'],
    ['install', '--no-install-recommends', '-yq', ...PACKAGES],
  ]) {
    const { status } = spawnSync('apt-get', args, { stdio: 'inherit', env });
    if (status !== 0) process.exit(1);
  }
}
