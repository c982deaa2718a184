import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { parseComputeApps } from '../../../src/main/core/gpu/nvidia-smi-parser/computeApps.ts';
import { parseGpuQuery } from '../../../src/main/core/gpu/nvidia-smi-parser/gpuQuery.ts';
import { parseXml } from '../../../src/main/core/gpu/nvidia-smi-parser/xml.ts';
import { createSimulator, end, SIMULATOR, startTrainer, until } from './simulator.ts';
import type { Scenario, Simulator } from './simulator.ts';

// Every step starts programs, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const children: ChildProcess[] = [];
const simulators: Simulator[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  for (const simulator of simulators.splice(0)) simulator.remove();
});

function machine(scenario: Scenario): Simulator {
  const simulator = createSimulator(scenario);
  simulators.push(simulator);
  return simulator;
}

async function trainer(
  env: Readonly<Record<string, string>>,
  script?: string,
): Promise<ChildProcess & { readonly pid: number }> {
  const child = await startTrainer(env, script);
  children.push(child);
  return child;
}

async function usedMiB(simulator: Simulator): Promise<readonly (number | null)[]> {
  const { stdout } = await simulator.run('--query-gpu=index,uuid,memory.used', '--format=csv,nounits');
  const result = parseGpuQuery(stdout);
  return result.kind === 'ok' ? result.gpus.map((gpu) => gpu.memoryUsedMiB) : [];
}

async function apps(simulator: Simulator): Promise<
  readonly {
    readonly pid: number | null;
    readonly name: string | null;
    readonly gpuUuid: string | null;
    readonly memoryUsedMiB: number | null;
  }[]
> {
  const { stdout } = await simulator.run(
    '--query-compute-apps=gpu_uuid,pid,process_name,used_gpu_memory',
    '--format=csv,nounits',
  );
  const result = parseComputeApps(stdout);
  return result.kind === 'ok' ? result.processes : [];
}

const A = 'GPU-aaaaaaaa-0000-4000-8000-00000000000a';
const B = 'GPU-bbbbbbbb-0000-4000-8000-00000000000b';

test('any subset of fields in any order, with and without header and units', async () => {
  const simulator = machine({ gpus: [{ uuid: A, memoryUsedMiB: 5 }] });
  expect((await simulator.run('--query-gpu=memory.used,index', '--format=csv')).stdout).toBe(
    'memory.used [MiB], index\n5 MiB, 0\n',
  );
  expect((await simulator.run('--query-gpu=memory.used,index', '--format=csv,nounits')).stdout).toBe(
    'memory.used [MiB], index\n5, 0\n',
  );
  expect((await simulator.run('--query-gpu', 'index,uuid', '--format', 'csv,noheader')).stdout).toBe(`0, ${A}\n`);
});

test('an unknown field, an unknown option and a missing format are refused as the real one does', async () => {
  const simulator = machine({ unsupportedFields: ['power.draw'] });
  expect(await simulator.run('--query-gpu=index,cuda_version', '--format=csv')).toEqual({
    code: 2,
    stdout: 'Field "cuda_version" is not a valid field to query.\n\n',
  });
  expect((await simulator.run('--query-gpu=power.draw', '--format=csv')).code).toBe(2);
  expect((await simulator.run('--gpu-reset')).code).toBe(1);
  expect((await simulator.run('--query-gpu=index')).code).toBe(1);
});

test('a list without processes prints nothing without header: the trap of noheader loops', async () => {
  expect((await machine({}).run('--query-compute-apps=pid', '--format=csv,noheader')).stdout).toBe('');
});

test('-L, --version and -q -x describe the same machine', async () => {
  const simulator = machine({
    gpus: [{ uuid: A }, { uuid: B, memoryTotalMiB: null }],
    foreign: [{ pid: 4412, gpu: 0, name: 'a, <b> & c', memoryMiB: 7 }],
  });
  expect((await simulator.run('-L')).stdout).toContain(`GPU 1: NVIDIA Simulated 24GB (UUID: ${B})`);
  expect((await simulator.run('--version')).stdout).toContain('DRIVER version      : 590.48.01');
  expect(parseXml((await simulator.run('-q', '-x')).stdout)).toMatchObject({
    kind: 'ok',
    warnings: [],
    gpus: [
      { uuid: A, index: 0, memoryUsedMiB: 8 },
      { uuid: B, unifiedMemory: true },
    ],
    processes: [{ pid: 4412, name: 'a, <b> & c', memoryUsedMiB: 7 }],
  });
});

test('memory is attributed to the living process of a run, on the GPUs it was given', async () => {
  const simulator = machine({ gpus: [{ uuid: A }, { uuid: B }] });
  const child = await trainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '3000', CUDA_VISIBLE_DEVICES: B });
  expect(await apps(simulator)).toMatchObject([{ pid: child.pid, gpuUuid: B, memoryUsedMiB: 3000 }]);
  expect(await usedMiB(simulator)).toEqual([1, 3001]);
});

test('a process without the tag, without an amount or without a GPU of this machine holds nothing', async () => {
  const simulator = machine({ gpus: [{ uuid: A }] });
  await trainer({ SIM_GPU_MIB: '10', CUDA_VISIBLE_DEVICES: A });
  await trainer({ TRAINYARD_RUN: 'r1', CUDA_VISIBLE_DEVICES: A });
  await trainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '10', CUDA_VISIBLE_DEVICES: B });
  await trainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '10', CUDA_VISIBLE_DEVICES: '' });
  expect(await apps(simulator)).toEqual([]);
});

test('children of a trainer inherit its environment but hold no memory, unless the scenario says so', async () => {
  const scenario = { gpus: [{ uuid: A }] };
  const simulator = machine(scenario);
  const script = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'ignore' })`;
  await trainer(
    { TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '100', CUDA_VISIBLE_DEVICES: A },
    `const child = ${script}; process.on('exit', () => child.kill('SIGKILL')); process.on('SIGTERM', () => process.exit())`,
  );
  expect(await usedMiB(simulator)).toEqual([101]);
  simulator.set({ ...scenario, holders: 'all' });
  await until('both processes hold memory', async () => (await usedMiB(simulator))[0] === 201);
  const [main] = children;
  const gone = new Promise((resolve) => main?.once('exit', resolve));
  main?.kill('SIGTERM');
  await gone;
});

test('memory ramps up while the process lives', async () => {
  const simulator = machine({ gpus: [{ uuid: A }], rampMiB: 100, rampMs: 1500 });
  await trainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '2000', CUDA_VISIBLE_DEVICES: A });
  const seen: number[] = [];
  await until('the ramp is done', async () => {
    seen.push((await usedMiB(simulator))[0] ?? 0);
    return seen.at(-1) === 2001;
  });
  expect(seen[0]).toBeGreaterThan(100);
  expect(seen[0]).toBeLessThan(2001);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('memory of a dead process is held until its time, under no name, and then given back', async () => {
  const simulator = machine({ gpus: [{ uuid: A }], releaseAfterMs: 1500 });
  const child = await trainer({ TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '500', CUDA_VISIBLE_DEVICES: A });
  expect(await usedMiB(simulator)).toEqual([501]);
  await end(child);
  const endedAt = performance.now();
  expect(await apps(simulator)).toMatchObject([{ pid: child.pid, name: null, memoryUsedMiB: 500 }]);
  await until('the memory is back', async () => (await usedMiB(simulator))[0] === 1);
  expect(performance.now() - endedAt).toBeGreaterThan(1400);
  expect(await apps(simulator)).toEqual([]);
});

test('memory of a process that wipes its environment stays its own', async () => {
  const simulator = machine({ gpus: [{ uuid: A }], starters: [] });
  // exec keeps the pid and the start time and replaces the environment, as setproctitle does.
  const child = spawn('sh', ['-c', 'read line; exec env -i sleep 30'], {
    env: { PATH: process.env['PATH'], TRAINYARD_RUN: 'r1', SIM_GPU_MIB: '500', CUDA_VISIBLE_DEVICES: A },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  children.push(child);
  expect(await usedMiB(simulator)).toEqual([501]);
  child.stdin.end('\n');
  await until('the environment is wiped', () => readFileSync(`/proc/${child.pid}/environ`, 'utf8') === '');
  expect(await usedMiB(simulator)).toEqual([501]);
});

test('foreign programs show, with and without known memory', async () => {
  const simulator = machine({
    gpus: [{ uuid: A }, { uuid: B }],
    foreign: [
      { pid: 4412, gpu: 1, name: 'python', memoryMiB: 11_000 },
      { pid: 2056, gpu: A, name: 'dwm.exe', memoryMiB: null },
    ],
  });
  expect(await usedMiB(simulator)).toEqual([1, 11_001]);
  expect(await apps(simulator)).toMatchObject([
    { pid: 2056, memoryUsedMiB: null },
    { pid: 4412, gpuUuid: B, memoryUsedMiB: 11_000 },
  ]);
});

test.each([
  ['no-driver', 9],
  ['version-mismatch', 18],
  ['no-devices', 6],
  ['library-not-found', 12],
])('the failure %s exits with %i and its text on stdout', async (kind, code) => {
  const answer = await machine({ failure: { kind } }).run('--query-gpu=index', '--format=csv');
  expect(answer.code).toBe(code);
  expect(parseGpuQuery(answer.stdout)).toMatchObject({ kind: 'failure', reason: kind });
});

test('one broken GPU hides the others until it is left out', async () => {
  const simulator = machine({ gpus: [{ uuid: A }, { uuid: B, broken: 'lost' }] });
  expect((await simulator.run('--query-gpu=index', '--format=csv')).code).toBe(15);
  expect((await simulator.run('--query-gpu=index', '--format=csv,noheader', '--id=0000:01:00.0')).stdout).toBe('0\n');
});

test('a loop follows the scenario as it changes, and ends when nobody reads', async () => {
  const simulator = machine({ gpus: [{ memoryUsedMiB: 5 }] });
  const child = spawn(SIMULATOR, ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '-lms', '50'], {
    env: simulator.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await until('two samples', () => text.split('\n').length > 2);
  simulator.set({ gpus: [{ memoryUsedMiB: 77 }] });
  await until('the new figure', () => text.includes('77\n'));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdout.destroy();
  await gone;
});

test('a loop ends with the failure that appears while it runs', async () => {
  const simulator = machine({});
  const child = spawn(SIMULATOR, ['--query-gpu=index', '--format=csv,noheader', '--loop-ms=50'], {
    env: simulator.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const code = new Promise((resolve) => child.once('exit', resolve));
  child.stdout.once('data', () => simulator.set({ failure: { kind: 'version-mismatch' } }));
  child.stdout.resume();
  expect(await code).toBe(18);
});
