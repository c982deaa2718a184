import { describe, expect, test } from 'vitest';
import { required } from '../../../src/shared/result.ts';
import { GpuYard } from './gpuYard.ts';

const NEVER = 1_000_000_000;
const HEADER_ONLY = 'pid, gpu_uuid, process_name, used_gpu_memory [MiB]\n';

describe('a stop ends when the memory is back', () => {
  test('memory that comes back later than the process is gone keeps the GPU from the next job', async () => {
    await using yard = await GpuYard.on({ gpus: 1, releaseAfterMs: 1_500 });
    const first = await yard.train(9_000);
    const second = await yard.train(500, ['--ms', '100']);
    await yard.untilListed(first.id, 9_000);
    await yard.get('jobs.cancel', { jobId: first.id });
    const verifying = await yard.until(first.id, (job) => job.stop?.stage === 'verifying');
    expect(verifying).toMatchObject({ status: 'running', heldGpus: [yard.uuid(0)] });
    expect((await yard.job(second.id)).sentence).toBe(`needs 1 GPU, 0 free: GPU 0 used by #${first.id}`);
    await yard.expectCancelledAndGone(first.id);
    const done = await yard.until(second.id, 'completed');
    const { receipt } = await yard.job(first.id);
    expect(receipt).toMatchObject({
      memory: [{ gpu: yard.uuid(0), beforeMiB: 9_001, afterMiB: 1 }],
      proofs: expect.arrayContaining(['nvidia-smi: no process of this run on its GPUs']),
    });
    expect(receipt?.verdict).toContain('8.8 GiB returned');
    const gone = required(receipt, 'it was stopped').steps.find(({ rung }) => rung === 'empty');
    expect(required(receipt, 'it was stopped').finishedAt - (gone?.at ?? 0)).toBeGreaterThanOrEqual(1_400);
    expect(done.startedAt).toBeGreaterThanOrEqual(receipt?.finishedAt ?? Number.POSITIVE_INFINITY);
  });

  test('so does a run that ends by itself', async () => {
    await using yard = await GpuYard.on({ gpus: 1, releaseAfterMs: 1_000 });
    const first = await yard.train(9_000, ['--ms', '800']);
    const second = await yard.train(500, ['--ms', '100']);
    const done = await yard.until(first.id, 'completed');
    const next = await yard.until(second.id, (job) => job.startedAt !== null);
    expect((next.startedAt ?? 0) - (done.endedAt ?? 0)).toBeGreaterThanOrEqual(900);
  });

  test('where the driver names no processes, used memory tells', async () => {
    await using yard = await GpuYard.on({
      gpus: 1,
      releaseAfterMs: 1_200,
      nameAfterDeath: null,
      raw: { apps: HEADER_ONLY },
    });
    const job = await yard.train(9_000);
    await yard.untilGpus(({ gpus }) => gpus[0]?.memoryUsedMiB === 9_001);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    const { receipt } = await yard.job(job.id);
    expect(receipt).toMatchObject({
      memory: [{ beforeMiB: 9_001, afterMiB: 1 }],
      proofs: expect.arrayContaining([
        'nvidia-smi named no process of this run: the memory in use is back at its level from before it',
      ]),
    });
    const gone = required(receipt, 'it was stopped').steps.find(({ rung }) => rung === 'empty');
    expect((receipt?.finishedAt ?? 0) - (gone?.at ?? 0)).toBeGreaterThanOrEqual(1_100);
  });

  test('an app that goes meanwhile ends nothing, and the next start goes on asking', async () => {
    await using yard = await GpuYard.on({ gpus: 1, releaseAfterMs: NEVER });
    const job = await yard.train(9_000);
    const next = await yard.train(500, ['--ms', '50']);
    await yard.untilListed(job.id, 9_000);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, ({ stop }) => stop?.stage === 'verifying');
    await yard.close();
    yard.samples.length = 0;
    yard.reopen();
    await yard.untilGpus(({ state, processes }) => state === 'ok' && processes.length === 1);
    expect(await yard.job(job.id)).toMatchObject({ status: 'running', stop: { stage: 'verifying' } });
    await yard.until(next.id, ({ sentence }) => sentence === `needs 1 GPU, 0 free: GPU 0 used by #${job.id}`);
    yard.change({ releaseAfterMs: 0 });
    await yard.expectCancelledAndGone(job.id);
    expect((await yard.job(job.id)).receipt).toMatchObject({
      memory: [{ beforeMiB: 9_001, afterMiB: 1 }],
      proofs: expect.arrayContaining(['nvidia-smi: no process of this run on its GPUs']),
    });
    await yard.until(next.id, 'completed');
  });

  test('a driver that fails meanwhile is asked again until it answers', async () => {
    await using yard = await GpuYard.on({ gpus: 1 });
    const job = await yard.train(9_000);
    await yard.untilListed(job.id, 9_000);
    yard.change({ failure: { kind: 'no-driver' } });
    await yard.untilGpus(({ state }) => state === 'failing');
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, ({ stop }) => stop?.stage === 'verifying');
    yard.change({ failure: null });
    await yard.expectCancelledAndGone(job.id);
    expect((await yard.job(job.id)).receipt).toMatchObject({ memory: [{ beforeMiB: 9_001, afterMiB: 1 }] });
    await yard.untilGpus(({ state, gpus }) => state === 'ok' && gpus[0]?.quarantine === null);
  });
});

describe('quarantine', () => {
  test('memory that never comes back: the run ends, the GPU is given to nobody, over a restart, until it is back', async () => {
    await using yard = await GpuYard.on({ gpus: 1, releaseAfterMs: NEVER }, { releaseBoundMs: 2_500 });
    const job = await yard.train(9_000);
    const { processes } = await yard.untilListed(job.id, 9_000);
    const pid = required(processes[0]?.pid, 'it is listed');
    const words = `the driver still counts 8.8 GiB for process ${pid} of #${job.id}, which is gone`;
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    expect((await yard.job(job.id)).receipt).toMatchObject({
      memory: [{ beforeMiB: 9_001, afterMiB: 9_001 }],
      proofs: expect.arrayContaining([`GPU 0 is quarantined: ${words}`]),
    });

    const next = await yard.train(500, ['--ms', '50']);
    await yard.until(next.id, ({ sentence }) => sentence === `needs 1 GPU, 0 free: GPU 0 quarantined, ${words}`);
    const leaked = await yard.untilGpus((snapshot) => snapshot.processes.some((process) => process.leaked));
    expect(leaked.gpus[0]?.quarantine).toBe(words);
    expect(leaked.processes).toMatchObject([
      {
        pid,
        name: null,
        jobId: job.id,
        leaked: true,
        words: `#${job.id} is over and its process ${pid} is gone, but the driver still counts 8.8 GiB for it`,
      },
    ]);

    await yard.close();
    yard.samples.length = 0;
    yard.reopen();
    const after = await yard.untilGpus(({ gpus, processes: rows }) => gpus.length === 1 && rows.length === 1);
    expect(after.gpus[0]?.quarantine).toBe(words);
    expect(after.processes).toMatchObject([{ jobId: job.id, leaked: true }]);
    await yard.until(next.id, ({ sentence }) => sentence.includes('quarantined'));

    yard.change({ releaseAfterMs: 0 });
    await yard.until(next.id, 'completed');
    expect(yard.samples.at(-1)?.gpus[0]?.quarantine).toBeNull();
    expect(await yard.usedMiB()).toEqual([1]);
  });

  test('a driver that does not answer in time', async () => {
    await using yard = await GpuYard.on({ gpus: 1 }, { releaseBoundMs: 800 });
    const job = await yard.train(9_000);
    await yard.untilListed(job.id, 9_000);
    yard.change({ failure: { kind: 'unknown' }, failsFor: ['once'] });
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    expect((await yard.job(job.id)).receipt).toMatchObject({
      memory: [{ beforeMiB: 9_001, afterMiB: null }],
      proofs: expect.arrayContaining(['GPU 0 is quarantined: the driver does not answer']),
    });
    await yard.untilGpus(({ gpus }) => gpus[0]?.quarantine === 'the driver does not answer');
    yard.change({ failure: null });
    await yard.untilGpus(({ gpus }) => gpus[0]?.quarantine === null, 'the GPU out of quarantine');
  });

  test('by used memory where the driver names no processes, and only the GPU that it is about', async () => {
    await using yard = await GpuYard.on(
      { gpus: 2, releaseAfterMs: NEVER, nameAfterDeath: null, raw: { apps: HEADER_ONLY } },
      { releaseBoundMs: 2_000 },
    );
    const job = await yard.train(9_000);
    await yard.untilGpus(({ gpus }) => gpus[0]?.memoryUsedMiB === 9_001);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.until(job.id, 'cancelled');
    const words = `8.8 GiB more are in use than before #${job.id}, which is gone`;
    await yard.untilGpus(({ gpus }) => gpus[0]?.quarantine === words && gpus[1]?.quarantine === null);
    const next = await yard.train(1, ['--ms', '50']);
    await yard.until(next.id, 'completed');
    expect(yard.trainers.find((trainer) => trainer.job === next.id)?.gpus).toEqual([yard.uuid(1)]);
  });
});
