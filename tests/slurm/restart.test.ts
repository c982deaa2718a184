import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { ROOT } from '../helpers/core.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { programIn, SAVES_ON_TERM, sleeper, SlurmYard } from './slurmYard.ts';

const LIMIT_MS = 120_000;

/** A core in a process of its own on the yard's folder, which is closed meanwhile. */
async function coreProcess(slurm: SlurmYard) {
  await slurm.yard.close();
  const dataFolder = join(slurm.yard.home, 'data');
  const child = spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), 'serve'], {
    env: { ...process.env, TRAINYARD_HOME: dataFolder },
    stdio: 'ignore',
  });
  const stat = readStat(child.pid ?? 0);
  if (stat === null) throw new Error('the core did not start');
  await until('the core serves', () => readDiscovery(dataFolder)?.pid === child.pid, dataFolder, 60_000);
  const found = readDiscovery(dataFolder);
  if (found === null) throw new Error('the core does not serve');
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`http://127.0.0.1:${found.port}/api/training/${path}`, {
      method,
      headers: { authorization: `Bearer ${found.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    ask,
    async untilStatus(id: number, status: string): Promise<void> {
      for (;;) {
        const job = await ask('GET', `jobs/${id}`);
        if (job['status'] === status) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** As `kill -9` does. */
    async kill(): Promise<void> {
      signalIdentity(stat, 'SIGKILL');
      await untilGone([stat]);
      expect(isGone(stat)).toBe(true);
    },
  };
}

describe.skipIf(slurmMissing() !== null)('the app is killed while its jobs are on Slurm', () => {
  test('a run goes on and is found again by its number and its mark, one that ended meanwhile with its exit code', async () => {
    await using slurm = await SlurmYard.start();
    const { yard } = slurm;
    const go = join(slurm.notes, 'go');
    const core = await coreProcess(slurm);
    const body = { cwd: yard.home, target: 'slurm' };
    await core.ask('POST', 'jobs', { ...body, command: sleeper() });
    await core.ask('POST', 'jobs', {
      ...body,
      command: ['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.1; done; exit 4`],
    });
    await core.untilStatus(1, 'running');
    await core.untilStatus(2, 'running');
    await core.kill();
    writeFileSync(go, '');
    yard.open();
    const id = await slurm.slurmId(1);
    await yard.until(2, 'failed', LIMIT_MS);
    expect((await yard.job(2)).outcome).toMatchObject({ kind: 'exited', code: 4 });
    expect((await yard.job(1)).status).toBe('running');
    expect(await slurm.stateOf(id)).toBe('RUNNING');
    await yard.get('jobs.cancel', { jobId: 1 });
    await yard.until(1, 'cancelled', LIMIT_MS);
    expect(await slurm.stateOf(id)).not.toBe('RUNNING');
  });

  test('a cancel that was asked for before is carried out after, with its checkpoint', async () => {
    await using slurm = await SlurmYard.start();
    const { yard, cluster } = slurm;
    const saved = join(slurm.notes, 'saved');
    const core = await coreProcess(slurm);
    const command = ['python3', programIn(yard.home, 'saver.py', SAVES_ON_TERM)];
    const sent = { command, cwd: yard.home, target: 'slurm', env: { SAVED: saved }, grace_seconds: 60 };
    await core.ask('POST', 'jobs', sent);
    await core.untilStatus(1, 'running');
    // Slurm is away, so that the cancel cannot be sent before the app dies.
    await cluster.saveState();
    await cluster.killController();
    await core.ask('POST', 'cancel/1?wait=0');
    await core.kill();
    await cluster.startController();
    yard.open();
    await yard.until(1, 'cancelled', LIMIT_MS);
    expect(readFileSync(saved, 'utf8')).toBe('step 7');
  });

  test('killed while it submits, it submits each job once', async () => {
    await using slurm = await SlurmYard.start();
    const { yard, cluster } = slurm;
    const core = await coreProcess(slurm);
    const jobs = Array.from({ length: 40 }, () => ({ command: ['true'], cwd: yard.home, target: 'slurm' }));
    await core.ask('POST', 'jobs/batch', { jobs });
    // Some have gone out, some have not.
    await until('the first was submitted', () => existsSync(join(yard.home, 'data', 'jobs', '3')), undefined, 60_000);
    await core.kill();
    yard.open();
    for (let id = 1; id <= 40; id += 1) await yard.until(id, 'completed', LIMIT_MS);
    const all = await cluster.run('squeue', ['-h', '-t', 'all', '-o', '%k']);
    const marks = all.trim().split('\n');
    expect(marks).toHaveLength(40);
    expect(new Set(marks).size).toBe(40);
  });
});
