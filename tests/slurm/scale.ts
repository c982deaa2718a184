// npm run scale:slurm: what a question to Slurm costs with many jobs in its queue. Prints the table of docs/scale.md.
import { arch, cpus, loadavg } from 'node:os';
import { hostShell } from '../../src/main/core/engines/slurm/shell.ts';
import type { Shell } from '../../src/main/core/engines/slurm/shell.ts';
import { SlurmCommands } from '../../src/main/core/engines/slurm/slurmCommands.ts';
import { SshShell } from '../../src/main/core/engines/slurm/sshShell.ts';
import { startSlurm } from '../helpers/slurmCluster.ts';
import { sshMissing, startSsh } from '../helpers/sshServer.ts';

const SIZES = [10, 1_000, 10_000];
const ROUNDS = 3;
const LOOP_MS = 5;

/** How long something took, and for how long at most it kept everything else from running. */
async function timed(work: () => Promise<unknown>): Promise<{ readonly ms: number; readonly blockedMs: number }> {
  let blockedMs = 0;
  let last = performance.now();
  const ticker = setInterval(() => {
    const now = performance.now();
    blockedMs = Math.max(blockedMs, now - last - LOOP_MS);
    last = now;
  }, LOOP_MS);
  const began = performance.now();
  await work();
  const ms = performance.now() - began;
  clearInterval(ticker);
  return { ms, blockedMs };
}

async function median(work: () => Promise<unknown>): Promise<string> {
  const times: { readonly ms: number; readonly blockedMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(work));
  times.sort((a, b) => a.ms - b.ms);
  const middle = times[Math.floor(ROUNDS / 2)];
  const blocked = Math.max(...times.map(({ blockedMs }) => blockedMs));
  return `${Math.round(middle?.ms ?? 0)} ms (${Math.round(blocked)})`;
}

async function ask(shell: Shell, brief: boolean): Promise<void> {
  const answer = await new SlurmCommands(shell, null).jobs(new Set(['trainyard:none']), brief);
  if (!answer.ok) throw new Error(answer.error.words);
}

console.log(`${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, ${arch}, Node ${process.versions.node}`);
console.log('Median of 3; in brackets the longest time for which the core could do nothing else.');
console.log('| jobs | JSON | table | table over ssh | load |');
console.log('|---|---|---|---|---|');
for (const size of SIZES) {
  await using cluster = await startSlurm();
  const here = hostShell({ ...process.env, ...cluster.env });
  const options = ['--parsable', `--array=0-${size - 1}`, '--begin=now+10hours', '--output=/dev/null'];
  const array = (await cluster.run('sbatch', options, '#!/bin/sh\nsleep 1\n')).trim();
  // Tasks that differ have a record each; a waiting array of equal ones is a single record.
  await cluster.run('scontrol', ['update', `JobId=${array}_[0-${size - 2}]`, 'Nice=5']);
  const json = await median(() => ask(here, false));
  const table = await median(() => ask(here, true));
  let far = 'no sshd here';
  if (sshMissing() === null) {
    await using server = await startSsh(cluster.env);
    const shell = new SshShell(server.host, { ...process.env, PATH: `${server.bin}:${process.env['PATH'] ?? ''}` });
    await ask(shell, true);
    far = await median(() => ask(shell, true));
    shell[Symbol.dispose]();
  }
  console.log(`| ${size} | ${json} | ${table} | ${far} | ${loadavg()[0]?.toFixed(1) ?? '?'} |`);
}
