import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Change } from '../../../src/shared/contract.ts';
import { isFinished, LIVE_STATUSES } from '../../../src/shared/job.ts';
import type { JobStatus, JobView } from '../../../src/shared/job.ts';
import { required } from '../../../src/shared/result.ts';
import { end } from './simulator.ts';
import { GpuYard } from './gpuYard.ts';

const TOTAL_MIB = 24_576;

interface Wish {
  readonly gpus: number;
  readonly mib: number;
  readonly shared: boolean;
  readonly named?: readonly string[];
}
const whole = (gpus: number, mib: number, named?: readonly string[]): Wish =>
  named === undefined ? { gpus, mib, shared: false } : { gpus, mib, shared: false, named };
const shared = (gpus: number, mib: number, named?: readonly string[]): Wish => ({
  ...whole(gpus, mib, named),
  shared: true,
});

/** Thirty jobs: one to four GPUs, whole and shared, named and not. */
const WISHES: readonly Wish[] = [
  whole(1, 9_000),
  whole(2, 12_000),
  shared(1, 8_000),
  shared(1, 8_000),
  shared(1, 6_000),
  whole(4, 20_000),
  whole(1, 3_000, ['2']),
  shared(2, 10_000),
  whole(3, 5_000),
  shared(1, 4_000, ['0', '1']),
  whole(1, 9_000),
  shared(1, 12_000),
  shared(1, 11_000),
  whole(2, 7_000, ['0', '3']),
  shared(1, 2_000),
  whole(1, 15_000),
  shared(3, 3_000),
  whole(2, 2_000),
  shared(1, 8_000, ['3']),
  whole(4, 1_000),
  shared(1, 8_000),
  shared(1, 8_000),
  shared(1, 8_000),
  whole(1, 23_000),
  whole(3, 500),
  shared(2, 6_000),
  whole(1, 700, ['1']),
  shared(1, 9_000),
  shared(1, 9_000),
  whole(2, 18_000),
];

const isLive = (status: JobStatus): boolean => (LIVE_STATUSES as readonly JobStatus[]).includes(status);

/** Follows the numbered events and says at which one a GPU was in two exclusive runs or promised more than it has. */
function violations(changes: readonly Change[]): string[] {
  const holding = new Map<number, JobView>();
  return changes.flatMap(({ seq, job }) => {
    if (job === null) return [];
    if (isLive(job.status)) holding.set(job.id, job);
    else holding.delete(job.id);
    return [...new Set([...holding.values()].flatMap(({ heldGpus }) => heldGpus))].flatMap((gpu) => {
      const holders = [...holding.values()].filter(({ heldGpus }) => heldGpus.includes(gpu));
      const exclusive = holders.some(({ gpuMemoryMiB }) => gpuMemoryMiB === null) && holders.length > 1;
      const promised = holders.reduce((sum, { gpuMemoryMiB }) => sum + (gpuMemoryMiB ?? 0), 0);
      const who = holders.map(({ id }) => `#${id}`).join(' and ');
      return exclusive || promised > TOTAL_MIB ? [`event ${seq}: ${gpu} held by ${who}, ${promised} MiB promised`] : [];
    });
  });
}

test('thirty jobs on four GPUs: cancels in every state, somebody else’s process, a driver that fails and returns', async () => {
  await using yard = await GpuYard.on({ gpus: 4, releaseAfterMs: 150 });
  const uuids = [0, 1, 2, 3].map((index) => yard.uuid(index));
  const claims = (): readonly Change[] => yard.changes.filter(({ kind }) => kind === 'job.claimed');

  await yard.get('queue.setMode', { mode: 'pause' });
  const endless = new Set([0, 3, 10, 16]);
  // Their turn comes when there is something to see.
  const held = new Set([5, 16, 19]);
  const jobs: JobView[] = [];
  for (const [place, { gpus, mib, shared: sharing, named }] of WISHES.entries()) {
    const options = endless.has(place) ? (place === 3 ? ['--ignore'] : []) : ['--ms', String(150 + (place % 5) * 60)];
    jobs.push(
      await yard.train(mib, options, {
        gpus,
        gpuMemoryMiB: sharing ? mib : null,
        held: held.has(place),
        ...(named === undefined ? {} : { gpuIds: [...named] }),
        ...(place === 3 ? { graceSeconds: 0.3 } : {}),
      }),
    );
  }
  const id = (place: number): number => required(jobs[place], 'it was submitted').id;
  const cancel = (place: number, force = false) => yard.get('jobs.cancel', { jobId: id(place), force });
  const release = (place: number) => yard.get('jobs.place', { jobId: id(place), held: false });

  // A queued one; and one in the very moment it has been given its GPUs, before its process can be there.
  expect(await cancel(29)).toMatchObject({ result: 'cancelled', previousStatus: 'queued' });
  const pending = new Promise((resolve) => {
    const stop = yard.core.on('changed', ({ kind, jobId }) => {
      if (kind !== 'job.claimed' || jobId !== id(14)) return;
      stop();
      resolve(cancel(14));
    });
  });
  await yard.get('queue.setMode', { mode: 'run' });

  // Running ones: politely, against its will, and at once while a polite stop is under way.
  await yard.until(id(0), 'running');
  await yard.untilListed(id(0), 9_000);
  expect(await cancel(0)).toMatchObject({ result: 'stopping', previousStatus: 'running' });
  await yard.untilListed(id(3), 8_000);
  await cancel(3);
  expect(await cancel(3, true)).toMatchObject({ result: 'stopping' });
  const finished = await yard.until(id(4), 'completed');
  expect(await cancel(4)).toMatchObject({ result: 'already-finished', job: { status: finished.status } });

  // Somebody else takes GPU 1: what runs there goes on, and nothing new comes until it has left.
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(stranger, 'spawn');
  yard.change({ foreign: [{ pid: stranger.pid, gpu: 1, name: 'blender', memoryMiB: 6_000 }] });
  await yard.untilGpus(({ processes }) => processes.some(({ pid }) => pid === stranger.pid));
  const came = claims().length;
  await yard.until(id(10), 'running');
  await cancel(10);
  await yard.until(id(10), 'cancelled');
  await release(5);
  await yard.until(
    id(5),
    ({ sentence }) => sentence.includes('GPU 1 used by blender') || sentence.startsWith('after #'),
  );
  const whileItWasThere = claims().slice(came);
  yard.change({ foreign: [] });
  await end(stranger);
  expect(whileItWasThere.filter(({ job }) => job?.heldGpus.includes(required(uuids[1], 'there are four')))).toEqual([]);

  // The driver fails: nothing new starts, and a run that ends meanwhile waits for it with its GPUs.
  await release(16);
  await yard.until(id(16), 'running');
  yard.change({ failure: { kind: 'no-driver' } });
  await yard.untilGpus(({ state }) => state === 'failing');
  const before = claims().length;
  await cancel(16);
  const verifying = await yard.until(id(16), ({ stop }) => stop?.stage === 'verifying');
  expect(verifying).toMatchObject({ status: 'running', heldGpus: { length: 3 } });
  await release(19);
  await yard.until(id(19), ({ sentence }) => sentence.includes('does not answer') || sentence.startsWith('after #'));
  expect(claims().length).toBe(before);
  yard.change({ failure: null });

  await pending;
  for (const { id: job } of jobs) await yard.until(job, ({ status }) => isFinished(status));

  const cancelled = new Set([0, 3, 10, 14, 16, 29]);
  for (const [place, { id: job }] of jobs.entries()) {
    const { status, sentence } = await yard.job(job);
    expect([place, status, sentence]).toEqual([place, cancelled.has(place) ? 'cancelled' : 'completed', sentence]);
  }
  expect(violations(yard.changes)).toEqual([]);
  expect(yard.changes.map(({ seq }) => seq)).toEqual(
    yard.changes.map((_, place) => (yard.changes[0]?.seq ?? 1) + place),
  );

  // What the trainers themselves wrote: their GPUs, as many as were wanted, and never beside an exclusive one.
  const endOf = new Map(
    yard.changes.flatMap(({ kind, jobId, at }) => (kind === 'job.ended' && jobId !== null ? [[jobId, at]] : [])),
  );
  const { trainers } = yard;
  for (const trainer of trainers) {
    const { gpus, gpuMemoryMiB, gpuUuids } = await yard.job(trainer.job);
    expect(new Set(trainer.gpus).size).toBe(gpus);
    expect(trainer.gpus.every((gpu) => gpuUuids.length === 0 || gpuUuids.includes(gpu))).toBe(true);
    const beside = trainers.filter(
      (other) =>
        other.job !== trainer.job &&
        other.startedAt >= trainer.startedAt &&
        other.startedAt < (endOf.get(trainer.job) ?? Number.POSITIVE_INFINITY) &&
        other.gpus.some((gpu) => trainer.gpus.includes(gpu)),
    );
    if (gpuMemoryMiB === null) expect(beside).toEqual([]);
    const besideMiB = await Promise.all(beside.map(async ({ job }) => (await yard.job(job)).gpuMemoryMiB));
    expect(besideMiB).not.toContain(null);
  }
  // One that is cancelled may be gone before it could write anything.
  const completed = jobs.flatMap(({ id: job }, place) => (cancelled.has(place) ? [] : [job]));
  expect(completed.filter((job) => !trainers.some((trainer) => trainer.job === job))).toEqual([]);

  expect(yard.sentences.length).toBeGreaterThan(0);
  expect(yard.sentences.filter((sentence) => !/^(needs |after #|held|the queue is paused)/.test(sentence))).toEqual([]);
  await expect.poll(() => yard.usedMiB(), { timeout: 5_000 }).toEqual([1, 1, 1, 1]);
  const rest = await yard.untilGpus(({ state, processes }) => state === 'ok' && processes.length === 0);
  expect(rest.gpus.map(({ quarantine }) => quarantine)).toEqual([null, null, null, null]);
});
