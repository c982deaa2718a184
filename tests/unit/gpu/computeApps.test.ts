import { expect, test } from 'vitest';
import { COMPUTE_APPS_FIELDS } from '../../../src/main/core/gpu/nvidia-smi-parser/columns.ts';
import { parseComputeApps } from '../../../src/main/core/gpu/nvidia-smi-parser/computeApps.ts';
import { readComputeAppsRun } from '../../../src/main/core/gpu/nvidia-smi-parser/runs.ts';
import type { RunOutcome } from '../../../src/main/core/gpu/nvidia-smi-parser/types.ts';
import { sample } from './samples.ts';

function run(stdout: string, exitCode = 0): RunOutcome {
  return { exitCode, stdout, stderr: '', signal: null, timedOut: false, spawnError: null };
}

test('commas, quotes, spaces and letters of other alphabets in a process name do not shift its memory', () => {
  expect(parseComputeApps(sample('apps-names.csv'))).toMatchObject({
    kind: 'ok',
    complete: true,
    processes: [
      { pid: 101, name: 'python train.py, --lr=1e-3,0.9', memoryUsedMiB: 1200 },
      { pid: 102, name: '/opt/my "best" tool/run', memoryUsedMiB: 300 },
      { pid: 103, name: '/home/öz/mem? hog', memoryUsedMiB: 40 },
      // A process called like a column must not pass as a second header.
      { pid: 104, name: 'pid', memoryUsedMiB: 8 },
    ],
  });
});

test('a header without rows is an empty list', () => {
  expect(parseComputeApps(sample('apps-none.csv'))).toEqual({
    kind: 'ok',
    processes: [],
    complete: true,
    warnings: [],
  });
});

test('no output at all is an empty list only where no header was asked for', () => {
  expect(parseComputeApps('', { fields: COMPUTE_APPS_FIELDS })).toMatchObject({ kind: 'ok', processes: [] });
  expect(readComputeAppsRun(run(''))).toMatchObject({ kind: 'failure', reason: 'unknown' });
});

test('WDDM withholds the memory: it is unknown, not 0', () => {
  expect(parseComputeApps(sample('apps-wddm.csv'))).toMatchObject({
    complete: true,
    processes: [
      { pid: 2056, name: 'C:\\Windows\\System32\\dwm.exe', memoryUsedMiB: null },
      { pid: 20_372, name: 'C:\\Program Files\\Some App\\Some App.exe', memoryUsedMiB: null },
    ],
  });
});

test('withheld pids and broken rows make the list incomplete, so that nobody concludes that a pid is gone', () => {
  const result = parseComputeApps(sample('apps-restricted.csv'));
  expect(result).toMatchObject({
    kind: 'ok',
    complete: false,
    processes: [
      { pid: 41, memoryUsedMiB: 10 },
      { pid: null, name: null, memoryUsedMiB: null },
      { pid: 43, memoryUsedMiB: 20 },
    ],
  });
});

test('a dead process that still holds memory keeps its pid and figure', () => {
  expect(parseComputeApps(sample('apps-dead.csv'))).toMatchObject({
    processes: [{ pid: 31_794, name: null, memoryUsedMiB: 5371 }],
  });
});

test('columns in another order and under their other names are understood', () => {
  const text = 'used_memory [MiB], name, pid, gpu_uuid\n7 MiB, a, b, c, 12, GPU-a\n';
  expect(parseComputeApps(text)).toMatchObject({
    processes: [{ gpuUuid: 'GPU-a', pid: 12, name: 'a, b, c', memoryUsedMiB: 7 }],
  });
});

test('a process called like an error text does not turn the list into a failure', () => {
  const text = 'gpu_uuid, pid, process_name, used_gpu_memory [MiB]\nGPU-a, 12, ./permission denied, 5 MiB\n';
  expect(parseComputeApps(text)).toMatchObject({ kind: 'ok', processes: [{ pid: 12, name: './permission denied' }] });
});

test.each(['0', '-4', '1.5', '99999999999', 'abc'])('the pid "%s" is refused: a signal must never go to it', (pid) => {
  const text = `gpu_uuid, pid, process_name, used_gpu_memory [MiB]\nGPU-a, ${pid}, x, 5 MiB\n`;
  expect(parseComputeApps(text)).toMatchObject({ kind: 'ok', processes: [], complete: false });
});

test('an error text instead of the list is told', () => {
  expect(readComputeAppsRun(run(sample('failure-mismatch.txt'), 18))).toMatchObject({
    kind: 'failure',
    reason: 'version-mismatch',
  });
});
