import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurmMissing } from '../helpers/slurmCluster.ts';
import { programIn, SAVES_ON_TERM, sleeper, SlurmYard, untilNoneTagged } from './slurmYard.ts';

const missing = slurmMissing();

describe.skipIf(missing !== null)('jobs on a real Slurm', () => {
  let slurm: SlurmYard;

  beforeAll(async () => {
    slurm = await SlurmYard.start();
  });
  afterAll(async () => {
    await slurm[Symbol.asyncDispose]();
  });

  test('a job is submitted, waits, runs and completes; its output is its log', async () => {
    const { yard } = slurm;
    const go = join(slurm.notes, 'go');
    const job = await slurm.submit(['sh', '-c', `echo "mark=$MARK"; while [ ! -e ${go} ]; do sleep 0.1; done`], {
      name: 'first one',
      gpus: 1,
      env: { MARK: "it's here" },
    });
    await yard.until(job.id, 'running', 60_000);
    writeFileSync(go, '');
    await yard.until(job.id, 'completed', 60_000);
    expect(yard.statusesOf(job.id)).toEqual(['queued', 'pending', 'running', 'completed']);
    const detail = await yard.job(job.id);
    expect(detail).toMatchObject({
      outcome: { kind: 'exited', code: 0 },
      heldGpus: [],
      mainPid: null,
      runner: null,
      cluster: { name: 'yard' },
      target: { kind: 'slurm', partition: null },
    });
    expect(await slurm.log(job.id)).toContain("mark=it's here");
    expect(detail.history.map(({ words }) => words)).toContain(
      `taken by Slurm as its job ${await slurm.slurmId(job.id)}`,
    );
    const shown = await slurm.cluster.run('scontrol', ['show', 'job', String(await slurm.slurmId(job.id))]);
    expect(shown).toContain('JobName=first one');
    expect(shown).toMatch(/Comment=trainyard:/);
    expect(shown).toContain('TresPerNode=gres:gpu:1');
  });

  test('a failed run says its exit code, a signal its name', async () => {
    const { yard } = slurm;
    const [code, signal] = await Promise.all([
      slurm.submit(['sh', '-c', 'echo torch.cuda.OutOfMemoryError: CUDA out of memory; exit 3']),
      slurm.submit(['sh', '-c', 'kill -SEGV $$']),
    ]);
    await yard.until(code.id, 'failed', 60_000);
    await yard.until(signal.id, 'failed', 60_000);
    expect((await yard.job(code.id)).sentence).toBe('CUDA out of memory · exit 3');
    expect((await yard.job(signal.id)).outcome).toMatchObject({ kind: 'signalled', signal: 'SIGSEGV' });
  });

  test('what Slurm refuses has not started, in Slurm’s own words', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(['true'], { slurm: { partition: 'no-such' } });
    await yard.until(job.id, 'failed', 60_000);
    const { sentence } = await yard.job(job.id);
    expect(sentence).toMatch(/^did not start: Slurm refused it: .*invalid partition/i);
    // Nothing else of the queue is paused by that.
    expect((await yard.get('queue.get', {})).queue.mode).toBe('run');
  });

  test('a running job gets its stop signal at main alone and keeps its checkpoint', async () => {
    const { yard } = slurm;
    const saved = join(slurm.notes, 'saved');
    const job = await slurm.submit(['python3', programIn(yard.home, 'saver.py', SAVES_ON_TERM)], {
      env: { SAVED: saved },
      graceSeconds: 30,
    });
    await slurm.untilLog(job.id, 'epoch 1 of 9');
    await yard.until(job.id, 'running', 60_000);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, 'cancelled', 60_000);
    expect(readFileSync(saved, 'utf8')).toBe('step 7');
    expect(await slurm.log(job.id)).toContain('saved on SIGTERM');
    const { receipt, sentence } = await yard.job(job.id);
    expect(sentence).toMatch(/^Slurm says COMPLETED, exit 0, /);
    expect(receipt?.steps.map(({ rung }) => rung)).toEqual(['asked', 'main', 'verified']);
    expect(receipt?.proofs.join()).toContain('has left COMPLETING');
  });

  test('a job that ignores its stop signal is ended by Slurm after the deadline, and nothing of it is left', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(sleeper("trap '' TERM; echo up"), { graceSeconds: 1 });
    await yard.until(job.id, 'running', 60_000);
    await yard.get('jobs.cancel', { jobId: job.id });
    const done = await yard.until(job.id, 'cancelled', 90_000);
    expect(done.stop).toMatchObject({ intent: 'cancel' });
    await untilNoneTagged('TRAINYARD_JOB_ID', String(job.id));
    const { receipt } = await yard.job(job.id);
    expect(receipt?.steps.map(({ rung }) => rung)).toContain('kill');
    expect(await slurm.stateOf(await slurm.slurmId(job.id))).toBe('CANCELLED');
  });

  test('a job that waits in Slurm says why, and is cancelled at once without a start', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(['sh', '-c', 'touch started'], { slurm: { args: ['--begin=now+1hour'] } });
    await yard.until(job.id, ({ sentence }) => sentence.includes('BeginTime'), 60_000);
    expect((await yard.job(job.id)).status).toBe('pending');
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, 'cancelled', 60_000);
    const { outcome, sentence } = await yard.job(job.id);
    expect(outcome).toEqual({ kind: 'never-started' });
    expect(sentence).toContain('before it started');
    expect(existsSync(join(yard.home, 'started'))).toBe(false);
  });

  test('a job cancelled by somebody else shows as that, not as ours', async () => {
    const { yard } = slurm;
    const job = await slurm.submit(sleeper());
    await yard.until(job.id, 'running', 60_000);
    await slurm.cluster.run('scancel', [String(await slurm.slurmId(job.id))]);
    await yard.until(job.id, 'failed', 60_000);
    expect((await yard.job(job.id)).sentence).toBe('cancelled in Slurm, not by Trainyard');
  });
});

// The reason stands in the list of what was skipped.
if (missing !== null) test.skip(`no Slurm on this machine: ${missing}`, () => undefined);
