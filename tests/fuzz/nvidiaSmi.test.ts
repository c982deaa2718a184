import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { GPU_QUERY_FIELDS } from '../../src/main/core/gpu/nvidia-smi-parser/columns.ts';
import { parseComputeApps } from '../../src/main/core/gpu/nvidia-smi-parser/computeApps.ts';
import { parseFailure } from '../../src/main/core/gpu/nvidia-smi-parser/failure.ts';
import { parseGpuQuery } from '../../src/main/core/gpu/nvidia-smi-parser/gpuQuery.ts';
import { parseSaved } from '../../src/main/core/gpu/nvidia-smi-parser/saved.ts';
import type { Gpu } from '../../src/main/core/gpu/nvidia-smi-parser/types.ts';
import { parseXml } from '../../src/main/core/gpu/nvidia-smi-parser/xml.ts';
import { sampleBytes, sampleNames } from '../unit/gpu/samples.ts';
import { damaged, fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const anySample = fc.constantFrom(...sampleNames().map((name) => Buffer.from(sampleBytes(name))));
const count = inputs(300);

/** Every parser on a text; the union is all that may come out. */
function parseByAll(text: string): void {
  const results = [
    parseGpuQuery(text),
    parseGpuQuery(text, { fields: GPU_QUERY_FIELDS }),
    parseComputeApps(text),
    parseXml(text),
    parseFailure({ stdout: text }),
  ];
  for (const result of results) {
    expect(['ok', 'failure']).toContain(result.kind);
    if (result.kind === 'ok' && 'gpus' in result) for (const gpu of result.gpus) expectSane(gpu);
  }
  parseSaved(text);
}

function expectSane(gpu: Gpu): void {
  for (const [field, value] of Object.entries(gpu)) {
    if (typeof value === 'number') expect({ field, finite: Number.isFinite(value) }).toEqual({ field, finite: true });
  }
}

test('an output cut, changed or filled with junk anywhere never throws', async () => {
  await fuzz('nvidia-smi: damaged outputs', count, damaged(anySample), (bytes) => {
    parseByAll(bytes.toString('utf8'));
    parseSaved(bytes);
  });
});

test('random bytes never throw and are never a GPU', async () => {
  await fuzz('nvidia-smi: random bytes', count, fc.uint8Array({ maxLength: 2000 }), (bytes) => {
    const result = parseGpuQuery(Buffer.from(bytes).toString('utf8'));
    expect(result.kind).toBe('failure');
    parseByAll(Buffer.from(bytes).toString('latin1'));
    parseSaved(bytes);
  });
});

const columns = {
  index: '3',
  uuid: 'GPU-11111111-1111-4111-8111-111111111111',
  name: 'Sample',
  'memory.total [MiB]': '24576 MiB',
  'memory.used [MiB]': '1234 MiB',
  'utilization.gpu [%]': '55 %',
} as const;

test('columns in any order, with junk columns between them, keep their meaning', async () => {
  const junkName = fc.stringMatching(/^[a-z]{3,8}\.junk( \[[a-z]{1,4}\])?$/);
  const junkCell = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).filter((cell) => !/[,\r\n]/.test(cell));
  const junk = fc.array(fc.tuple(junkName, junkCell), { maxLength: 5 });
  const shuffled = junk.chain((extra) => {
    const all = [...Object.entries(columns), ...extra];
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
  });
  await fuzz('nvidia-smi: columns in any order', count, shuffled, (cells) => {
    const text = `${cells.map(([name]) => name).join(', ')}\n${cells.map(([, cell]) => cell).join(', ')}\n`;
    expect(parseGpuQuery(text)).toMatchObject({
      kind: 'ok',
      gpus: [
        {
          index: 3,
          uuid: columns.uuid,
          name: 'Sample',
          memoryTotalMiB: 24_576,
          memoryUsedMiB: 1234,
          utilizationPercent: 55,
        },
      ],
    });
  });
});

test('no word in the place of a figure becomes a number', async () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\d,\r\n\u2028\u2029]/.test(text));
  await fuzz('nvidia-smi: words for figures', count, word, (cell) => {
    const result = parseGpuQuery(`uuid, memory.used [MiB], index\nGPU-a, ${cell}, 0\n`);
    expect(result).toMatchObject({ kind: 'ok', gpus: [{ uuid: 'GPU-a', memoryUsedMiB: null, index: 0 }] });
  });
});

test('any process name comes back whole, between the right pid and the right memory', async () => {
  const row = fc.record({
    name: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .map((text) => `./x${text.replaceAll(/[\p{Cc}\u2028\u2029\u{feff}]/gu, '')}y`),
    pid: fc.integer({ min: 2, max: 4_000_000 }),
    memoryMiB: fc.integer({ min: 0, max: 80_000 }),
  });
  await fuzz('nvidia-smi: process names', count, row, ({ name, pid, memoryMiB }) => {
    const text = `gpu_uuid, pid, process_name, used_gpu_memory [MiB]\nGPU-a, ${pid}, ${name}, ${memoryMiB} MiB\n`;
    expect(parseComputeApps(text)).toMatchObject({
      kind: 'ok',
      complete: true,
      processes: [{ gpuUuid: 'GPU-a', pid, name, memoryUsedMiB: memoryMiB }],
    });
  });
});
