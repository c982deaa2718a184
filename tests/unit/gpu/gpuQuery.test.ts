import { expect, test } from 'vitest';
import { GPU_QUERY_FIELDS } from '../../../src/main/core/gpu/nvidia-smi-parser/columns.ts';
import { parseGpuQuery } from '../../../src/main/core/gpu/nvidia-smi-parser/gpuQuery.ts';
import { readGpuQueryRun } from '../../../src/main/core/gpu/nvidia-smi-parser/runs.ts';
import type { Gpu, GpuQueryResult } from '../../../src/main/core/gpu/nvidia-smi-parser/types.ts';
import { sample } from './samples.ts';

function gpusOf(result: GpuQueryResult): readonly Gpu[] {
  if (result.kind !== 'ok') throw new Error(`${result.reason}: ${result.message}`);
  return result.gpus;
}

const BUSY = {
  uuid: 'GPU-22222222-2222-4222-8222-222222222222',
  index: 1,
  name: 'NVIDIA Sample 24GB',
  pciBusId: '00000000:02:00.0',
  driverVersion: '590.48.01',
  memoryTotalMiB: 24_576,
  memoryUsedMiB: 11_469,
  memoryFreeMiB: 12_631,
  utilizationPercent: 97,
  temperatureCelsius: 64,
  powerDrawWatts: 301.07,
  powerLimitWatts: 350,
  mig: null,
  unifiedMemory: false,
};

test('an answer with header and units is read: no column is taken for its neighbour', () => {
  const result = parseGpuQuery(sample('query-gpu-two.csv'));
  expect(gpusOf(result)[1]).toMatchObject(BUSY);
  expect(result).toMatchObject({ kind: 'ok', warnings: [] });
});

test('nounits under a header gives the same figures', () => {
  expect(gpusOf(parseGpuQuery(sample('query-gpu-two-nounits.csv')))).toEqual(
    gpusOf(parseGpuQuery(sample('query-gpu-two.csv'))),
  );
});

test('noheader,nounits is read by the order of what was asked', () => {
  const gpus = gpusOf(parseGpuQuery(sample('query-gpu-two-noheader.csv'), { fields: GPU_QUERY_FIELDS }));
  expect(gpus).toEqual(gpusOf(parseGpuQuery(sample('query-gpu-two.csv'))));
});

test('without a header and without the question nothing is guessed', () => {
  expect(parseGpuQuery(sample('query-gpu-two-noheader.csv')).kind).toBe('failure');
});

test('0 stays 0: an idle GPU is not an unknown one', () => {
  expect(gpusOf(parseGpuQuery(sample('query-gpu-two.csv')))[0]).toMatchObject({
    index: 0,
    memoryUsedMiB: 0,
    utilizationPercent: 0,
  });
});

test('every word for unknown becomes null, an all-ones memory figure too, and the rest of the row stays', () => {
  const result = parseGpuQuery(sample('query-gpu-broken-cells.csv'));
  expect(gpusOf(result)).toMatchObject([
    {
      memoryTotalMiB: 24_576,
      memoryUsedMiB: null,
      memoryFreeMiB: null,
      utilizationPercent: null,
      temperatureCelsius: null,
      powerDrawWatts: null,
      powerLimitWatts: null,
      mig: null,
    },
  ]);
  expect(result).toMatchObject({ warnings: ['row 1, memory.used: cannot read "17592186044415 MiB"'] });
});

test('a MIG GPU has unknown utilization and is no unified-memory GPU', () => {
  expect(gpusOf(parseGpuQuery(sample('query-gpu-mig.csv')))).toMatchObject([
    { mig: 'enabled', utilizationPercent: null, unifiedMemory: false },
  ]);
});

test('a GPU without memory figures of its own is healthy and marked, instead of missing', () => {
  expect(gpusOf(parseGpuQuery(sample('query-gpu-unified.csv')))).toMatchObject([
    { unifiedMemory: true, memoryTotalMiB: null, memoryUsedMiB: null, utilizationPercent: 4 },
  ]);
});

test('withheld memory is not unified memory', () => {
  const text =
    'index, memory.total [MiB], memory.used [MiB]\n0, [Insufficient Permissions], [Insufficient Permissions]\n';
  expect(gpusOf(parseGpuQuery(text))).toMatchObject([{ unifiedMemory: false, memoryTotalMiB: null }]);
});

test('exit code 14 with a whole table is used: a corrupt infoROM must not hide the GPU', () => {
  const outcome = {
    exitCode: 14,
    stdout: sample('query-gpu-inforom.csv'),
    stderr: '',
    signal: null,
    timedOut: false,
    spawnError: null,
  };
  const result = readGpuQueryRun(outcome);
  expect(gpusOf(result)).toHaveLength(1);
  expect(result).toMatchObject({ warnings: [expect.stringContaining('infoROM'), 'nvidia-smi exited with 14'] });
});

test('what a killed process printed is not used: its last line may be cut', () => {
  const outcome = {
    exitCode: null,
    stdout: sample('query-gpu-two.csv'),
    stderr: '',
    signal: 'SIGKILL',
    timedOut: true,
    spawnError: null,
  };
  expect(readGpuQueryRun(outcome)).toMatchObject({ kind: 'failure', reason: 'timeout' });
});

test('a saved loop gives each GPU once, with its last figures', () => {
  expect(gpusOf(parseGpuQuery(sample('query-gpu-loop.csv'))).map((gpu) => [gpu.index, gpu.memoryUsedMiB])).toEqual([
    [0, 512],
    [1, 11_469],
  ]);
});

test('reordered columns keep their meaning', () => {
  const text = 'memory.used [MiB], name, uuid, index\n7 MiB, A, GPU-a, 3\n';
  expect(gpusOf(parseGpuQuery(text))).toMatchObject([{ memoryUsedMiB: 7, name: 'A', uuid: 'GPU-a', index: 3 }]);
});

test('the aliases of the driver are understood', () => {
  const text = 'gpu_uuid, gpu_name, gpu_bus_id, gpu.power.requested_limit [W]\nGPU-a, A, 00000000:01:00.0, 250.00 W\n';
  expect(gpusOf(parseGpuQuery(text))).toMatchObject([
    { uuid: 'GPU-a', name: 'A', pciBusId: '00000000:01:00.0', powerLimitWatts: 250 },
  ]);
});

test('a column that is not known is skipped, whatever is in it', () => {
  const text = 'index, new.thing [furlong], uuid\n0, "x" [y], GPU-a\n';
  expect(gpusOf(parseGpuQuery(text))).toMatchObject([{ index: 0, uuid: 'GPU-a' }]);
});

test('a row cut in a figure loses that figure, not the GPU', () => {
  const result = parseGpuQuery('index, uuid, memory.used [MiB], memory.free [MiB]\n0, GPU-a, 1200 MiB\n');
  expect(gpusOf(result)).toMatchObject([{ index: 0, uuid: 'GPU-a', memoryUsedMiB: null, memoryFreeMiB: null }]);
  expect(result).toMatchObject({ warnings: [expect.stringContaining('cut off')] });
});

test('a GPU name with a comma does not shift the columns', () => {
  const text = 'index, name, memory.used [MiB]\n0, Sample, special edition, 9 MiB\n';
  expect(gpusOf(parseGpuQuery(text))).toMatchObject([{ name: 'Sample, special edition', memoryUsedMiB: 9 }]);
});

test.each([
  ['-5 MiB', null],
  ['1,5 MiB', null],
  ['1e3 MiB', null],
  ['2 GiB', 2048],
  ['12 furlong', null],
  ['99999999999999999999 MiB', null],
  ['NaN', null],
])('memory.used of "%s" is read as %s, never as a wrong number', (cell, expected) => {
  const result = parseGpuQuery(`memory.used [MiB], uuid\n${cell.replace(',', ';')}, GPU-a\n`);
  expect(gpusOf(result)).toMatchObject([{ memoryUsedMiB: expected }]);
});

test('utilization above 100 % is an error value, not a load', () => {
  expect(gpusOf(parseGpuQuery('uuid, utilization.gpu [%]\nGPU-a, 65535 %\n'))).toMatchObject([
    { utilizationPercent: null },
  ]);
});

test('error text instead of a table is told as the failure it is', () => {
  expect(parseGpuQuery(sample('failure-mismatch.txt'))).toMatchObject({ kind: 'failure', reason: 'version-mismatch' });
});

test('a header alone is no machine without GPUs', () => {
  expect(parseGpuQuery('index, uuid\n')).toMatchObject({ kind: 'failure', reason: 'unknown' });
});

test('nothing at all is no machine without GPUs', () => {
  expect(parseGpuQuery('', { fields: GPU_QUERY_FIELDS })).toMatchObject({ kind: 'failure', reason: 'unknown' });
});
