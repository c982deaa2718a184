import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { end } from './simulator.ts';
import { GpuYard } from './gpuYard.ts';

test('a foreign process makes a GPU busy from the threshold of the settings on', async () => {
  await using yard = await GpuYard.on({ gpus: 1 });
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(stranger, 'spawn');
  yard.change({ foreign: [{ pid: stranger.pid, gpu: 0, name: 'blender', memoryMiB: 300 }] });
  await yard.untilGpus(({ processes }) => processes.length === 1);
  await yard.get('settings.set', { foreignThresholdMiB: 200 });
  const job = await yard.train(500, ['--ms', '50']);
  await yard.until(
    job.id,
    ({ sentence }) =>
      sentence === `needs 1 GPU, 0 free: GPU 0 used by blender (pid ${stranger.pid}), not ours, 300 MiB`,
  );
  expect(yard.samples.at(-1)?.processes).toMatchObject([
    { pid: stranger.pid, jobId: null, leaked: false, words: null },
  ]);
  await yard.get('settings.set', { foreignThresholdMiB: 500 });
  await yard.until(job.id, 'completed');
  await end(stranger);
});

test('a GPU that the settings deny is never used, and is as soon as they allow it', async () => {
  await using yard = await GpuYard.on({ gpus: 2 });
  await yard.get('settings.set', { deniedGpus: [yard.uuid(0)] });
  const one = await yard.train(500, ['--ms', '50']);
  const both = await yard.train(500, ['--ms', '50'], { gpus: 2 });
  await yard.until(one.id, 'completed');
  expect(yard.trainers).toMatchObject([{ job: one.id, gpus: [yard.uuid(1)] }]);
  await yard.until(
    both.id,
    ({ sentence }) => sentence === 'needs 2 GPUs, 1 free: GPU 0 is not allowed in the settings',
  );
  await yard.get('settings.set', { deniedGpus: [] });
  await yard.until(both.id, 'completed');
});

test('runs that share a GPU are told apart, and one that takes more than it said leaves less for the next', async () => {
  await using yard = await GpuYard.on({ gpus: 1 });
  const greedy = await yard.submit([process.execPath, '-e', 'setInterval(() => {}, 1000)'], {
    gpus: 1,
    gpuMemoryMiB: 8_000,
    env: { SIM_GPU_MIB: '10000' },
  });
  const honest = await yard.train(6_000, [], { gpuMemoryMiB: 6_000 });
  const { processes } = await yard.untilGpus((snapshot) => snapshot.processes.length === 2);
  expect(new Map(processes.map(({ jobId, memoryUsedMiB }) => [jobId, memoryUsedMiB]))).toEqual(
    new Map([
      [greedy.id, 10_000],
      [honest.id, 6_000],
    ]),
  );
  // 24576 - 8000 - 6000 declared leave 10576; 2000 beyond the declaration, 400 of the driver and 1 of nobody are gone as well.
  const next = await yard.train(9_000, ['--ms', '50'], { gpuMemoryMiB: 9_000 });
  await yard.until(next.id, ({ sentence }) => sentence === 'needs 1 GPU, 0 free: GPU 0 has 8.0 GiB unreserved');
  await yard.get('jobs.cancel', { jobId: greedy.id });
  await yard.until(next.id, 'completed');
  expect((await yard.job(greedy.id)).receipt?.memory).toEqual([
    { gpu: yard.uuid(0), beforeMiB: 16_001, afterMiB: expect.any(Number) },
  ]);
  expect((await yard.job(honest.id)).status).toBe('running');
});

test('the most memory a run was seen to use is what its command is proposed', async () => {
  await using yard = await GpuYard.on({ gpus: 2, rampMiB: 1_000, rampMs: 800 });
  const job = await yard.train(7_000, [], { gpus: 2 });
  await yard.untilListed(job.id, 7_000);
  await yard.get('jobs.cancel', { jobId: job.id });
  await yard.until(job.id, 'cancelled');
  expect(await yard.get('jobs.proposal', { command: [...job.command] })).toMatchObject({ peakGpuMemoryMiB: 7_000 });
});

test('the pace follows who looks and whether jobs need GPUs', async () => {
  await using yard = await GpuYard.on({ gpus: 1 });
  const periods = (): readonly string[] =>
    yard.simulator.calls().flatMap(({ argv }) => argv.filter((argument) => argument.startsWith('--loop-ms=')));
  await yard.untilGpus(() => periods().at(-1) === '--loop-ms=400');
  yard.core.setPace('idle');
  await expect.poll(() => periods().at(-1), { timeout: 5_000 }).toBe('--loop-ms=12000');
  const job = await yard.train(500);
  await yard.until(job.id, 'running');
  await expect.poll(() => periods().at(-1), { timeout: 5_000 }).toBe('--loop-ms=2000');
  await yard.get('jobs.cancel', { jobId: job.id });
  await yard.until(job.id, 'cancelled');
  await expect.poll(() => periods().at(-1), { timeout: 5_000 }).toBe('--loop-ms=12000');
});

test('old figures do not show that a GPU is free: it is looked at again first', async () => {
  await using yard = await GpuYard.on({ gpus: 1 }, { freshMs: 2_000 });
  yard.core.setPace('idle');
  // At that pace the processes are asked for every 12 s.
  await expect
    .poll(() => Date.now() - (yard.samples.at(-1)?.processesSampledAt ?? 0), { timeout: 9_000 })
    .toBeGreaterThan(2_000);
  const job = await yard.train(500, ['--ms', '50']);
  await yard.until(job.id, 'completed');
  expect(yard.sentences.some((sentence) => /GPU 0 was last looked at .* ago/.test(sentence))).toBe(true);
});
