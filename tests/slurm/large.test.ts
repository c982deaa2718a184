import { expect, describe, test } from 'vitest';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { SlurmYard, sleeper } from './slurmYard.ts';

const LIMIT_MS = 170_000;

describe.skipIf(slurmMissing() !== null)('a queue of Slurm with thousands of jobs of others', () => {
  test('is asked for in its brief form, and ends, exit codes and cancels are the same', async () => {
    await using slurm = await SlurmYard.start();
    const { yard, cluster } = slurm;
    const script = '#!/bin/sh\nsleep 1\n';
    const options = ['--parsable', '--array=0-2999', '--begin=now+10hours', '--output=/dev/null'];
    const array = (await cluster.run('sbatch', options, script)).trim();
    // A task that differs from the others has a record of its own.
    await cluster.run('scontrol', ['update', `JobId=${array}_[0-2998]`, 'Nice=5']);
    const calls = slurm.countCalls('squeue');
    const first = await slurm.submit(sleeper());
    await yard.until(first.id, 'running', LIMIT_MS);
    const failing = await slurm.submit(['sh', '-c', 'exit 7']);
    await yard.until(failing.id, 'failed', LIMIT_MS);
    expect((await yard.job(failing.id)).outcome).toMatchObject({ kind: 'exited', code: 7 });
    await yard.get('jobs.cancel', { jobId: first.id });
    await yard.until(first.id, 'cancelled', LIMIT_MS);
    expect(calls().some((call) => call.includes('--format='))).toBe(true);
    expect(calls().filter((call) => call.includes('--json')).length).toBeLessThanOrEqual(2);
  }, 300_000);
});
