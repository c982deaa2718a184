// Runs on a machine with a CUDA GPU and PyTorch, no display needed: npm run test:gpu. Trains the PyTorch sample on the GPU,
// cancels it while it trains and while it starts, and asks both the receipt and nvidia-smi itself whether the memory is back.
// Prints its figures as JSON. Where there is no GPU or no PyTorch it says so and succeeds.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toleranceMiB } from '../../src/main/core/gpu/levels.ts';
import { machineHere, PYTHON, witnessedGpus, witnessedPids } from './machine.ts';
import type { WitnessedGpu } from './machine.ts';
import { Served } from './served.ts';
import type { WireJob } from './served.ts';

const SAMPLE = resolve(import.meta.dirname, '../../resources/samples/digits_torch.py');
/** A training on a GPU holds at least a CUDA context, which is larger than this. */
const LEAST_TRAINING_MIB = 100;
/** Milliseconds after the start at which a run is cancelled: imports, CUDA's own start, and the first steps are all hit. */
const CANCEL_DURING_START_MS = [0, 200, 600, 1_200, 2_500];

/** How one cancel went. */
interface Figures {
  readonly cancelledWhen: string;
  readonly verdict: string;
  readonly exitCode: number | null;
  /** From the request to the receipt. */
  readonly wholeStopMs: number;
  /** From the last process's end to the receipt: how long the driver took to show the memory as free. */
  readonly releaseMs: number | null;
  readonly beforeMiB: number | null;
  readonly afterMiB: number | null;
  readonly witnessedAfterMiB: number | null;
}

async function submit(served: Served, name: string): Promise<string> {
  const cwd = join(served.home, name);
  mkdirSync(cwd);
  const command = [PYTHON, SAMPLE, '--epochs', '100000', '--out', cwd];
  const { job_id: id } = await served.ask<{ readonly job_id: string }>('POST', '/api/training/jobs', {
    command,
    cwd,
    gpus: 1,
    grace_seconds: 30,
  });
  return id;
}

async function cancel(served: Served, id: string): Promise<WireJob> {
  await served.ask('POST', `/api/training/cancel/${id}?wait=0`);
  return served.until(`#${id} cancelled`, async () => {
    const job = await served.job(id);
    return job.status === 'cancelled' ? job : null;
  });
}

/** What the receipt says must be what nvidia-smi says. */
async function checked(cancelledWhen: string, job: WireJob, idle: readonly WitnessedGpu[]): Promise<Figures> {
  const { receipt } = job;
  assert.ok(receipt !== null, 'a stop leaves a receipt');
  assert.equal(receipt.survivors, 0);
  assert.deepEqual(
    receipt.proofs.filter((proof) => proof.includes('quarantined')),
    [],
  );
  const [memory] = receipt.memory;
  assert.ok(memory !== undefined, 'the receipt has the GPU’s memory');
  const before = idle.find(({ uuid }) => uuid === memory.gpu);
  const after = (await witnessedGpus()).find(({ uuid }) => uuid === memory.gpu);
  if (before?.usedMiB != null && after?.usedMiB != null) {
    const most = before.usedMiB + toleranceMiB(before.totalMiB);
    assert.ok(after.usedMiB <= most, `${after.usedMiB} MiB in use after the stop, ${before.usedMiB} before the run`);
    assert.ok(memory.after_mib !== null && memory.after_mib <= most, `the receipt says ${memory.after_mib} MiB`);
  }
  const empty = receipt.steps.find(({ rung }) => rung === 'empty');
  return {
    cancelledWhen,
    verdict: receipt.verdict,
    exitCode: job.exit_code,
    wholeStopMs: receipt.finished_at - receipt.requested_at,
    releaseMs: empty === undefined ? null : receipt.finished_at - empty.at,
    beforeMiB: memory.before_mib,
    afterMiB: memory.after_mib,
    witnessedAfterMiB: after?.usedMiB ?? null,
  };
}

/** Until it has done steps and the driver counts its memory. Returns its pid, or null where the driver names none. */
async function untilTraining(served: Served, id: string, idle: readonly WitnessedGpu[]): Promise<number | null> {
  await served.until(`#${id} training on the GPU`, async () => {
    const log = await served.log(id);
    const { status, sentence } = await served.job(id);
    assert.ok(status !== 'failed', `${sentence}\n${log}`);
    return /on .* \(CUDA\)/.test(log) && / step \d/.test(log) ? true : null;
  });
  await served.until('the memory in use', async () => {
    const gpus = await witnessedGpus();
    const grown = gpus.some(({ uuid, usedMiB }) => {
      const before = idle.find((gpu) => gpu.uuid === uuid)?.usedMiB;
      return usedMiB === null || before == null || usedMiB - before >= LEAST_TRAINING_MIB;
    });
    return grown ? true : null;
  });
  // The core has to have seen it as well: it looks every few seconds when no window does.
  const own = await served
    .until(
      'the process listed as the job’s',
      async () => {
        const processes = await served.gpuProcesses();
        return processes.find(({ job_id }) => String(job_id) === id) ?? null;
      },
      20_000,
    )
    .catch(() => null);
  return own?.pid ?? null;
}

async function whileTraining(served: Served, idle: readonly WitnessedGpu[]): Promise<Figures> {
  const id = await submit(served, 'training');
  const pid = await untilTraining(served, id, idle);
  const job = await cancel(served, id);
  assert.match(await served.log(id), /checkpoint saved/, 'main got its signal first and could save');
  const figures = await checked('training', job, idle);
  assert.ok(figures.beforeMiB === null || figures.beforeMiB >= LEAST_TRAINING_MIB, `${figures.beforeMiB} MiB before`);
  if (pid !== null) assert.ok(!(await witnessedPids()).includes(pid), `nvidia-smi still lists ${pid}`);
  return figures;
}

async function whileStarting(served: Served, afterMs: number, idle: readonly WitnessedGpu[]): Promise<Figures> {
  const id = await submit(served, `starting-${afterMs}`);
  await served.until(`#${id} given a GPU`, async () => ((await served.job(id)).status === 'queued' ? null : true));
  await sleep(afterMs);
  return checked(`${afterMs} ms after its start`, await cancel(served, id), idle);
}

const machine = await machineHere();
if (machine.kind === 'skipped') {
  console.log(`skipped: ${machine.reason}`);
} else {
  await using served = await Served.start();
  const stops: Figures[] = [await whileTraining(served, machine.gpus)];
  for (const afterMs of CANCEL_DURING_START_MS) stops.push(await whileStarting(served, afterMs, machine.gpus));
  const gpus = machine.gpus.map(({ name, driver, totalMiB, usedMiB }) => ({
    name,
    driver,
    totalMiB,
    idleMiB: usedMiB,
  }));
  console.log(JSON.stringify({ at: new Date().toISOString(), torch: machine.torch, gpus, stops }, null, 2));
}
