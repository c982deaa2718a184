import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { sleeper, SlurmYard } from './slurmYard.ts';

const LIMIT_MS = 120_000;

describe.skipIf(slurmMissing() !== null)('Slurm that does not answer', () => {
  let slurm: SlurmYard;

  beforeAll(async () => {
    slurm = await SlurmYard.start();
  });
  afterAll(async () => {
    await slurm[Symbol.asyncDispose]();
  });

  test('slurmctld is killed in the middle of a run: nothing has failed, a cancel is kept and sent when it is back', async () => {
    const { yard, cluster } = slurm;
    const job = await slurm.submit(sleeper());
    const other = await slurm.submit(sleeper());
    await yard.until(job.id, 'running', LIMIT_MS);
    await yard.until(other.id, 'running', LIMIT_MS);
    await cluster.saveState();
    await cluster.killController();
    await yard.until(job.id, ({ sentence }) => sentence.includes('not reachable since'), LIMIT_MS);
    expect((await yard.job(job.id)).status).toBe('running');
    expect(await yard.get('slurm.get', {})).toMatchObject({ state: 'unreachable' });

    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, ({ sentence }) => sentence.includes('the cancel is kept'), LIMIT_MS);
    await cluster.startController();
    await yard.until(job.id, 'cancelled', LIMIT_MS);
    await yard.until(other.id, ({ sentence }) => !sentence.includes('not reachable'), LIMIT_MS);
    expect((await yard.job(other.id)).status).toBe('running');
    await yard.get('jobs.cancel', { jobId: other.id });
    await yard.until(other.id, 'cancelled', LIMIT_MS);
  });

  test('what is submitted meanwhile is kept and submitted once, when it answers', async () => {
    const { yard, cluster } = slurm;
    const go = join(slurm.notes, 'go');
    await cluster.killController();
    const job = await slurm.submit(['sh', '-c', `echo started; while [ ! -e ${go} ]; do sleep 0.1; done`]);
    await yard.until(job.id, ({ sentence }) => sentence.includes('the job is submitted when it answers'), LIMIT_MS);
    const never = await slurm.submit(['sh', '-c', 'touch never-started']);
    await yard.until(never.id, ({ sentence }) => sentence.includes('when it answers'), LIMIT_MS);
    await yard.get('jobs.cancel', { jobId: never.id });
    await cluster.startController();
    await yard.until(job.id, 'running', LIMIT_MS);
    writeFileSync(go, '');
    await yard.until(job.id, 'completed', LIMIT_MS);
    expect((await slurm.log(job.id)).match(/started/g)).toHaveLength(1);
    await yard.until(never.id, 'cancelled', LIMIT_MS);
    expect(existsSync(join(yard.home, 'never-started'))).toBe(false);
  });
});

describe.skipIf(slurmMissing() !== null)('Slurm that forgets', () => {
  test('an end that nobody looked at in time is unknown, never guessed; a cancel of it is a cancel', async () => {
    await using slurm = await SlurmYard.start({ minJobAge: 2 });
    const { yard, cluster } = slurm;
    const [lost, cancelled] = await Promise.all([slurm.submit(sleeper()), slurm.submit(sleeper())]);
    await yard.until(lost.id, 'running', LIMIT_MS);
    await yard.until(cancelled.id, 'running', LIMIT_MS);
    const ids = [await slurm.slurmId(lost.id), await slurm.slurmId(cancelled.id)];
    await yard.close();
    await cluster.run('scancel', ids.map(String));
    for (const id of ids) await slurm.untilForgotten(id);
    yard.open();
    await yard.get('jobs.cancel', { jobId: cancelled.id });
    await yard.until(lost.id, 'failed', LIMIT_MS);
    expect((await yard.job(lost.id)).outcome).toEqual({ kind: 'lost', why: 'forgotten' });
    await yard.until(cancelled.id, 'cancelled', LIMIT_MS);
  });

  test('a number that Slurm has given to another job is not taken for ours, and not cancelled', async () => {
    await using slurm = await SlurmYard.start();
    const { yard, cluster } = slurm;
    const job = await slurm.submit(sleeper());
    await yard.until(job.id, 'running', LIMIT_MS);
    const id = await slurm.slurmId(job.id);
    await yard.close();
    // As if the number were another job's by now: the mark is not ours.
    await cluster.run('scontrol', ['update', `JobId=${id}`, 'Comment=somebody:else']);
    yard.open();
    await yard.get('jobs.cancel', { jobId: job.id, force: true });
    await yard.until(job.id, 'cancelled', LIMIT_MS);
    expect((await yard.job(job.id)).outcome).toEqual({ kind: 'lost', why: 'forgotten' });
    expect(await slurm.stateOf(id)).toBe('RUNNING');
  });
});
