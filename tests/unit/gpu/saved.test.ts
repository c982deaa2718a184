import { expect, test } from 'vitest';
import { parseSaved } from '../../../src/main/core/gpu/nvidia-smi-parser/saved.ts';
import { sample, sampleBytes } from './samples.ts';

test.each([
  ['query-gpu-two.csv', 'query-gpu'],
  ['query-gpu-two-noheader.csv', 'query-gpu'],
  ['apps-names.csv', 'query-compute-apps'],
  ['apps-none.csv', 'query-compute-apps'],
  ['log-mig.xml', 'xml'],
  ['failure-mismatch.txt', 'failure'],
  ['table.txt', 'table'],
  ['table-610.txt', 'table'],
  ['list.txt', 'list'],
  ['pmon.txt', 'pmon'],
  ['query-text.txt', 'query-text'],
  ['version.txt', 'version'],
])('%s is recognised as %s, so that a bug report says what was saved', (name, kind) => {
  expect(parseSaved(sampleBytes(name)).kind).toBe(kind);
});

test('a file written by PowerShell (UTF-16) is read', () => {
  expect(parseSaved(sampleBytes('query-gpu-powershell.csv'))).toMatchObject({
    kind: 'query-gpu',
    result: { kind: 'ok', gpus: [{ index: 0, memoryFreeMiB: 24_100 }] },
  });
});

test('nounits compute apps without a header are recognised by their shape', () => {
  const text = sample('apps-names.csv').split('\n').slice(1).join('\n').replaceAll(' MiB', '');
  expect(parseSaved(text)).toMatchObject({
    kind: 'query-compute-apps',
    result: { processes: [{ pid: 101, memoryUsedMiB: 1200 }, {}, {}, {}] },
  });
});

test('an empty file and a foreign one say so', () => {
  expect(parseSaved('  \n').kind).toBe('empty');
  expect(parseSaved('Dear diary,\ntoday I trained a net.').kind).toBe('unrecognised');
});
