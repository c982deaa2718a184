import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLES_MAX } from '../../../src/main/core/gpu/runCurve.ts';
import { readRunCurve, RunCurveFile } from '../../../src/main/core/gpu/runCurveFile.ts';
import { GpuYard } from './gpuYard.ts';

test('what the GPUs of a run did is kept in its folder, goes on after a restart of the app, and is told by GPU', async () => {
  await using yard = await GpuYard.on({ gpus: 2, foreign: [{ pid: process.pid, gpu: 1, memoryMiB: 300 }] });
  const job = await yard.train(9_000, [], { gpus: 2 });
  await yard.untilListed(job.id, 9_000);
  const points = async (): Promise<number> =>
    (await yard.get('jobs.gpuCurve', { jobId: job.id })).gpus[0]?.times.length ?? 0;
  await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(2);
  await yard.close();
  yard.reopen();
  await yard.get('settings.set', { nvidiaSmiPath: yard.simulator.command });
  const before = await points();
  expect(before).toBeGreaterThan(2);
  await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(before + 1);
  const curves = async () => (await yard.get('jobs.gpuCurve', { jobId: job.id })).gpus;
  // Who uses a GPU is looked up less often than how much of it is used: the first points do not know.
  await expect
    .poll(async () => (await curves()).every(({ jobMiB }) => jobMiB.includes(9_000)), { timeout: 20_000 })
    .toBe(true);
  const gpus = await curves();
  expect(gpus.map(({ uuid, index, memoryTotalMiB }) => ({ uuid, index, memoryTotalMiB }))).toEqual([
    { uuid: yard.uuid(0), index: 0, memoryTotalMiB: 24_576 },
    { uuid: yard.uuid(1), index: 1, memoryTotalMiB: 24_576 },
  ]);
  for (const [place, others] of [1, 301].entries()) {
    expect(gpus[place]?.jobMiB).toContain(9_000);
    expect(gpus[place]?.usedMiB).toContain(9_000 + others);
    expect(gpus[place]?.times).toEqual([...(gpus[place]?.times ?? [])].sort((a, b) => a - b));
  }
  await yard.get('jobs.cancel', { jobId: job.id });
  await yard.until(job.id, 'cancelled');
  const cpu = await yard.submit(['true']);
  await yard.until(cpu.id, 'completed');
  expect(await yard.get('jobs.gpuCurve', { jobId: cpu.id })).toEqual({ gpus: [], everyMs: 0 });
});

test('a run of days has a file of the size of an hour: it is made shorter each time it is full, and a torn line costs one point', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-curve-'));
  try {
    let file = new RunCurveFile(folder, ['A']);
    for (let second = 0; second < 7_000; second += 1) {
      await file.add([{ at: second * 1_000, readings: [[second, 5, 97]] }]);
      if (second !== 3_500) continue;
      appendFileSync(join(folder, 'gpu.jsonl'), '[35000');
      file = new RunCurveFile(folder, ['A']);
    }
    const curve = await readRunCurve(folder);
    expect(curve?.samples.length).toBeLessThanOrEqual(SAMPLES_MAX);
    expect(curve?.samples.length).toBeGreaterThan(SAMPLES_MAX / 2);
    expect(curve?.samples[0]?.at).toBe(0);
    expect(curve?.samples.at(-1)?.at).toBeGreaterThan(6_990_000);
    expect(curve?.everyMs).toBeGreaterThan(3_000);
    expect(readFileSync(join(folder, 'gpu.jsonl')).length).toBeLessThan(100_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a file of other GPUs, or one that is no curve, is begun anew; a folder that is gone is not made again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-curve-'));
  writeFileSync(join(folder, 'gpu.jsonl'), 'garbage');
  await new RunCurveFile(folder, ['A']).add([{ at: 1, readings: [[1, 1, 1]] }]);
  expect((await readRunCurve(folder))?.samples).toHaveLength(1);
  await new RunCurveFile(folder, ['B']).add([{ at: 2, readings: [[1, 1, 1]] }]);
  expect(await readRunCurve(folder)).toMatchObject({ gpus: ['B'], samples: [{ at: 2 }] });
  rmSync(folder, { recursive: true });
  await expect(new RunCurveFile(folder, ['A']).add([{ at: 1, readings: [[1, 1, 1]] }])).rejects.toThrow('ENOENT');
});
