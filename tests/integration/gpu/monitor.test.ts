import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createGpuMonitor } from '../../../src/main/core/gpu/monitor.ts';
import type { GpuMonitor, GpuMonitorOptions } from '../../../src/main/core/gpu/monitor.ts';
import type { GpuSnapshot } from '../../../src/shared/gpu.ts';
import { createSimulator, end, isAlive, startTrainer, until } from './simulator.ts';
import type { Scenario, Simulator } from './simulator.ts';

// Every step starts programs, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const A = 'GPU-aaaaaaaa-1111-4000-8000-00000000000a';
const B = 'GPU-bbbbbbbb-1111-4000-8000-00000000000b';
const TWO = { gpus: [{ uuid: A }, { uuid: B }] };

/** Times short enough for a test, long enough for a program to start on a busy machine. */
const QUICK = {
  backOffMs: [100, 200],
  silenceMs: 900,
  firstSampleMs: 5000,
  answerMs: 5000,
  recheckMs: 60_000,
  processesMs: { watched: 500, busy: 500, idle: 500 },
};

interface Watched {
  readonly monitor: GpuMonitor;
  readonly simulator: Simulator;
  readonly seen: GpuSnapshot[];
  readonly latest: () => GpuSnapshot;
  /** Starts of the long-lived query. */
  readonly loops: () => readonly { readonly pid: number; readonly argv: readonly string[] }[];
}

function watch(scenario: Scenario, options: Partial<GpuMonitorOptions> = {}): Watched {
  const simulator = createSimulator(scenario);
  const seen: GpuSnapshot[] = [];
  const { timing, ...rest } = options;
  const monitor = createGpuMonitor({
    command: simulator.command,
    env: simulator.env,
    intervalMs: 100,
    timing: { ...QUICK, ...timing },
    onSample: (snapshot) => seen.push(snapshot),
    ...rest,
  });
  cleanups.push(simulator.remove, async () => {
    await monitor.close();
    expect(simulator.living()).toEqual([]);
  });
  const loops = (): readonly { readonly pid: number; readonly argv: readonly string[] }[] =>
    simulator.calls().filter(({ argv }) => argv.some((word) => word.startsWith('--loop-ms')));
  return { monitor, simulator, seen, latest: () => monitor.snapshot(), loops };
}

async function cleanTrainer(env: Readonly<Record<string, string>>): Promise<ChildProcess & { readonly pid: number }> {
  const child = await startTrainer(env);
  cleanups.push(() => end(child));
  return child;
}

test('one long-lived process feeds the figures: polling does not start one each time', async () => {
  const { simulator, seen, latest, loops } = watch({ gpus: [{ uuid: A, memoryUsedMiB: 5 }] });
  expect(latest()).toMatchObject({ state: 'starting', gpus: [] });
  await until('ten samples', () => seen.length > 10);
  simulator.set({ gpus: [{ uuid: A, memoryUsedMiB: 700 }] });
  await until('the new figure', () => latest().gpus[0]?.memoryUsedMiB === 700);
  expect(latest()).toMatchObject({
    state: 'ok',
    failure: null,
    staleSince: null,
    gpus: [{ uuid: A, index: 0, memoryTotalMiB: 24_576 }],
  });
  expect(loops()).toHaveLength(1);
  expect(simulator.calls().filter(({ argv }) => argv[0]?.startsWith('--query-gpu'))).toHaveLength(2);
});

test('nvidia-smi runs in the C locale and in a folder that is always there', async () => {
  const { simulator, latest } = watch(TWO);
  await until('a sample', () => latest().state === 'ok');
  expect(simulator.calls()[0]).toMatchObject({ locale: 'C', folder: '/' });
});

test('a machine without nvidia-smi is absent, is left alone, and is found again by looking again', async () => {
  const { monitor, simulator, latest } = watch(TWO, { command: null, env: { PATH: '/nowhere' } });
  await until('absent', () => latest().state === 'absent');
  expect(latest()).toMatchObject({
    gpus: [],
    failure: { reason: 'not-installed', advice: expect.stringContaining('driver') },
  });
  expect(await monitor.computeApps()).toMatchObject({ kind: 'failure', failure: { reason: 'not-installed' } });
  expect(simulator.calls()).toEqual([]);
  expect(await monitor.lookAgain()).toMatchObject({ state: 'absent' });
});

test('an nvidia-smi that is installed later is found by itself', async () => {
  const simulator = createSimulator(TWO);
  cleanups.push(simulator.remove);
  const link = path.join(simulator.folder, 'bin-nvidia-smi');
  const monitor = createGpuMonitor({
    command: link,
    env: simulator.env,
    intervalMs: 100,
    timing: { ...QUICK, recheckMs: 200 },
    onSample: () => undefined,
  });
  cleanups.push(monitor.close);
  await until('absent', () => monitor.snapshot().state === 'absent');
  symlinkSync(simulator.command, link);
  await until('found', () => monitor.snapshot().state === 'ok');
});

test('another path in the settings is used at once', async () => {
  const { monitor, simulator, latest } = watch(TWO, { command: '/nowhere/nvidia-smi' });
  await until('absent', () => latest().state === 'absent');
  monitor.setCommand(simulator.command);
  await until('found', () => latest().state === 'ok');
});

test('a driver that fails at the start is told with advice, and recovers without anybody looking', async () => {
  const { simulator, latest } = watch({ failure: { kind: 'version-mismatch' } });
  await until('failing', () => latest().state === 'failing');
  expect(latest()).toMatchObject({
    gpus: [],
    failure: { reason: 'version-mismatch', advice: expect.stringContaining('restart') },
    staleSince: null,
  });
  simulator.set(TWO);
  await until('ok', () => latest().state === 'ok');
  expect(latest().failure).toBeNull();
});

test('a machine with the tool and no card is absent, not failing for ever', async () => {
  const { latest } = watch({ failure: { kind: 'no-devices' } });
  await until('absent', () => latest().state === 'absent');
  expect(latest().failure?.reason).toBe('no-devices');
});

test('a driver that fails later keeps the last figures, marked stale, and comes back', async () => {
  const { simulator, latest } = watch(TWO);
  await until('ok', () => latest().state === 'ok');
  simulator.set({ ...TWO, failure: { kind: 'no-driver' } });
  await until('failing', () => latest().state === 'failing');
  expect(latest()).toMatchObject({
    gpus: [{ uuid: A }, { uuid: B }],
    failure: { reason: 'no-driver' },
    staleSince: expect.any(Number),
  });
  simulator.set(TWO);
  await until('ok again', () => latest().state === 'ok' && latest().staleSince === null);
});

test('a loop that hangs is killed, its figures are marked stale before, and it is started again', async () => {
  const { simulator, seen, latest, loops } = watch(TWO);
  await until('the loop runs', () => seen.length > 5);
  const [first] = loops();
  simulator.set({ ...TWO, hang: ['loop'] });
  await until('stale', () => latest().staleSince !== null);
  expect(latest().state).toBe('ok');
  await until('given up', () => latest().failure?.reason === 'timeout');
  expect(latest()).toMatchObject({ state: 'failing', gpus: [{ uuid: A }, { uuid: B }] });
  await until('the hung process is gone', () => first !== undefined && !isAlive(first.pid));
  simulator.set(TWO);
  await until('ok again', () => latest().state === 'ok' && latest().staleSince === null);
});

test('a driver that hangs on every question is timed out, and never gets a second process', async () => {
  const { simulator, latest } = watch({ hang: true }, { timing: { answerMs: 400 } });
  let most = 0;
  const counting = setInterval(() => {
    most = Math.max(most, simulator.living().length);
  }, 10);
  cleanups.push(() => clearInterval(counting));
  await until('timeout', () => latest().failure?.reason === 'timeout');
  await until('tried again', () => simulator.calls().length >= 3);
  expect(most).toBe(1);
  simulator.set(TWO);
  await until('ok', () => latest().state === 'ok');
});

test('a loop that somebody kills comes back without an alarm', async () => {
  const { seen, loops } = watch(TWO, { timing: { silenceMs: 5000 } });
  await until('the loop runs', () => seen.length > 3);
  const [first] = loops();
  if (first !== undefined) process.kill(first.pid, 'SIGKILL');
  await until('a second loop', () => loops().length === 2);
  const before = seen.length;
  await until('samples again', () => seen.length > before + 3);
  expect(seen.some((snapshot) => snapshot.state === 'failing')).toBe(false);
});

test('a field the driver does not know costs that field, not the GPUs', async () => {
  const { latest, loops } = watch({ ...TWO, unsupportedFields: ['power.draw', 'mig.mode.current'] });
  await until('ok', () => latest().state === 'ok' && loops().length === 1);
  expect(latest()).toMatchObject({
    failure: null,
    gpus: [{ powerDrawWatts: null, mig: null, powerLimitWatts: 350, memoryUsedMiB: 1 }, {}],
  });
  expect(loops()[0]?.argv[0]).not.toContain('power.draw');
});

test('a field of the process list that the driver does not know leaves the pids', async () => {
  const { monitor } = watch({
    ...TWO,
    unsupportedFields: ['used_gpu_memory'],
    foreign: [{ pid: 4412, gpu: 0, name: 'x, y', memoryMiB: 5 }],
  });
  expect(await monitor.computeApps()).toMatchObject({
    kind: 'ok',
    complete: true,
    processes: [{ pid: 4412, name: 'x, y', memoryUsedMiB: null }],
  });
});

test('one GPU that falls off the bus does not hide the other, and is back when it answers again', async () => {
  const { monitor, simulator, latest } = watch(TWO);
  await until('both', () => latest().gpus.length === 2);
  simulator.set({ gpus: [{ uuid: A }, { uuid: B, broken: 'lost' }] });
  await until('the healthy one alone', () => latest().state === 'ok' && latest().gpus.length === 1);
  expect(latest()).toMatchObject({
    gpus: [{ uuid: A }],
    failure: { reason: 'lost', message: expect.stringContaining('02:00.0') },
  });
  expect(await monitor.computeApps()).toMatchObject({ kind: 'ok' });
  simulator.set(TWO);
  expect(await monitor.lookAgain()).toMatchObject({ state: 'ok', gpus: { length: 2 }, failure: null });
});

test('a GPU that withholds its uuid cannot be given to a run: it is left out and told', async () => {
  const { latest } = watch({ gpus: [{ uuid: A }, { uuid: B, cells: { uuid: '[Unknown Error]' } }] });
  await until('ok', () => latest().state === 'ok');
  expect(latest()).toMatchObject({ gpus: [{ uuid: A }], failure: { reason: 'handle-error' } });
});

test('processes are listed, and computeApps sees what changed just before it was called', async () => {
  const { monitor, latest } = watch({ ...TWO, releaseAfterMs: 0 });
  const child = await cleanTrainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '900', CUDA_VISIBLE_DEVICES: `${A},${B}` });
  const calledAt = Date.now();
  const answer = await monitor.computeApps();
  expect(answer).toMatchObject({
    kind: 'ok',
    complete: true,
    processes: [
      { pid: child.pid, gpuUuid: A, memoryUsedMiB: 900 },
      { pid: child.pid, gpuUuid: B },
    ],
  });
  expect(answer.kind === 'ok' && answer.sampledAt >= calledAt).toBe(true);
  await until('the window sees it', () => latest().processes.length === 2 && latest().gpus[0]?.memoryUsedMiB === 901);
  await end(child);
  expect(await monitor.computeApps()).toMatchObject({ kind: 'ok', processes: [] });
  expect(await monitor.sampleGpus()).toMatchObject({ kind: 'ok', gpus: [{ memoryUsedMiB: 1 }, { memoryUsedMiB: 1 }] });
});

test('many callers at once share their queries, and no two one-shot queries run together', async () => {
  const { monitor, simulator, latest } = watch(
    { ...TWO, delayMs: 30 },
    { timing: { processesMs: { watched: 1e9, busy: 1e9, idle: 1e9 } } },
  );
  await until('ok and the first list', () => latest().processesSampledAt !== null);
  const before = simulator.calls().length;
  let most = 0;
  const counting = setInterval(() => {
    most = Math.max(most, simulator.living().length);
  }, 5);
  cleanups.push(() => clearInterval(counting));
  await Promise.all(Array.from({ length: 10 }, () => monitor.computeApps()));
  expect(simulator.calls().length - before).toBeLessThanOrEqual(2);
  expect(most).toBeLessThanOrEqual(2);
});

test('a hanging process list is told as a timeout and does not stop the figures', async () => {
  const { monitor, seen, latest } = watch({ ...TWO, hang: ['apps'] }, { timing: { answerMs: 700 } });
  expect(await monitor.computeApps()).toMatchObject({ kind: 'failure', failure: { reason: 'timeout' } });
  const before = seen.length;
  await until('figures go on', () => seen.length > before + 3);
  expect(latest()).toMatchObject({ state: 'ok', failure: { reason: 'timeout' } });
});

test('where the loop never prints, single queries take its place', async () => {
  const { simulator, latest, loops } = watch(
    { ...TWO, hang: ['gpus-loop'] },
    { timing: { firstSampleMs: 1500, silenceMs: 200 } },
  );
  const singles = (): number =>
    simulator.calls().filter(({ argv }) => argv[0]?.startsWith('--query-gpu')).length - loops().length;
  await until('two loops were given up', () => loops().length === 2);
  await until('polling', () => singles() >= 6);
  expect(loops()).toHaveLength(2);
  await until('no failure', () => latest().state === 'ok' && latest().staleSince === null);
});

test('a slower pace restarts the loop once, with no moment of two loops, and faster again', async () => {
  const { monitor, simulator, seen, loops } = watch(TWO, {
    timing: { silenceMs: 5000, processesMs: { watched: 1e9, busy: 1e9, idle: 1e9 } },
  });
  await until('the loop runs', () => seen.length > 4);
  let most = 0;
  const counting = setInterval(() => {
    most = Math.max(most, loops().filter(({ pid }) => isAlive(pid)).length);
  }, 5);
  cleanups.push(() => clearInterval(counting));
  monitor.setPace('idle');
  monitor.setPace('busy');
  monitor.setPace('idle');
  await until('the idle loop', () => loops().at(-1)?.argv.includes('--loop-ms=3000') === true);
  monitor.setPace('watched');
  await until('the fast loop', () => loops().at(-1)?.argv.includes('--loop-ms=100') === true && loops().length > 2);
  const before = seen.length;
  await until('samples', () => seen.length > before + 3);
  expect(most).toBe(1);
  expect(simulator.living().length).toBeLessThanOrEqual(2);
  expect(seen.some((snapshot) => snapshot.state === 'failing')).toBe(false);
});

test('after closing nothing runs, nothing is told, and questions are answered', async () => {
  const { monitor, simulator, seen } = watch({ ...TWO, hang: ['apps'] });
  await until('the loop runs', () => seen.length > 3);
  const pending = monitor.computeApps();
  await monitor.close();
  expect(simulator.living()).toEqual([]);
  const before = seen.length;
  expect(await pending).toMatchObject({ kind: 'failure' });
  expect(await monitor.computeApps()).toMatchObject({ kind: 'failure' });
  expect(await monitor.lookAgain()).toMatchObject({ state: 'ok' });
  expect(simulator.living()).toEqual([]);
  expect(seen).toHaveLength(before);
});

test('closing while the first look is under way leaves no process', async () => {
  const { monitor, simulator } = watch({ hang: true });
  await until('asked', () => simulator.calls().length === 1);
  await monitor.close();
  expect(simulator.living()).toEqual([]);
});

test('an nvidia-smi that is removed while it is watched becomes absent', async () => {
  const simulator = createSimulator(TWO);
  const link = path.join(simulator.folder, 'nvidia-smi');
  symlinkSync(simulator.command, link);
  const monitor = createGpuMonitor({
    command: null,
    env: { ...simulator.env, PATH: `${simulator.folder}:${process.env['PATH']}` },
    intervalMs: 100,
    timing: QUICK,
    onSample: () => undefined,
  });
  cleanups.push(simulator.remove, monitor.close);
  await until('ok', () => monitor.snapshot().state === 'ok');
  rmSync(link);
  expect(await monitor.lookAgain()).toMatchObject({ state: 'absent', gpus: [] });
});

/** Holds a process as a debugger does: after SIGKILL it stays, as one does that hangs in the driver. Null without Python or ptrace. */
async function holdInKernel(pid: number): Promise<ChildProcess | null> {
  const program =
    'import ctypes, sys\nlibc = ctypes.CDLL(None)\nlibc.ptrace.argtypes = [ctypes.c_long] * 4\nprint("held" if libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0 else "refused", flush=True)\nsys.stdin.read()\n';
  const holder = spawn('python3', ['-c', program, String(pid)], { stdio: ['pipe', 'pipe', 'ignore'] });
  cleanups.push(() => end(holder));
  const answer = await new Promise<string>((resolve) => {
    holder.once('error', () => resolve('no python3'));
    holder.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  return answer === 'held' ? holder : null;
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('while the kernel holds on to a killed nvidia-smi no other one is started', async (context) => {
  const { monitor, simulator, seen, latest, loops } = watch(TWO, {
    timing: { reapMs: 300, processesMs: { watched: 1e9, busy: 1e9, idle: 1e9 } },
  });
  await until('the loop runs', () => seen.length > 3);
  const pid = loops()[0]?.pid ?? 0;
  const holder = await holdInKernel(pid);
  if (holder === null) return context.skip('this machine does not allow ptrace');
  simulator.set({ ...TWO, hang: ['loop'] });
  await until('given up', () => latest().failure?.reason === 'timeout');
  simulator.set(TWO);
  const before = simulator.calls().length;
  expect(await monitor.computeApps()).toMatchObject({ kind: 'failure', failure: { reason: 'timeout' } });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(simulator.calls()).toHaveLength(before);
  expect(latest()).toMatchObject({ state: 'failing', failure: { reason: 'timeout' } });
  await end(holder);
  await until('ok again', () => latest().state === 'ok');
  return undefined;
});
