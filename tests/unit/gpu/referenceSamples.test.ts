import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSaved } from '../../../src/main/core/gpu/nvidia-smi-parser/saved.ts';
import { referenceFolder } from './samples.ts';

const folder = referenceFolder();
if (folder === null)
  console.log('skipped: real outputs of nvidia-smi are not here; set TRAINYARD_NVIDIA_SMI_SAMPLES to their folder');

function files(kind: string, pattern: RegExp): readonly string[] {
  if (folder === null) return [];
  return readdirSync(path.join(folder, kind))
    .filter((name) => pattern.test(name))
    .map((name) => `${kind}/${name}`);
}

function parsed(name: string): ReturnType<typeof parseSaved> {
  return parseSaved(readFileSync(path.join(folder ?? '', name)));
}

describe.skipIf(folder === null)('outputs of real machines', () => {
  test.each(files('csv', /query-gpu\.csv$/))('%s: uuid, memory and power are read without a warning', (name) => {
    const result = parsed(name);
    expect(result).toMatchObject({ kind: 'query-gpu', result: { kind: 'ok', warnings: [] } });
    if (result.kind !== 'query-gpu' || result.result.kind !== 'ok') return;
    expect(result.result.gpus).toHaveLength(1);
    for (const gpu of result.result.gpus) {
      expect(gpu).toMatchObject({ index: 0, uuid: expect.stringMatching(/^GPU-/), unifiedMemory: false });
      for (const figure of [
        gpu.memoryTotalMiB,
        gpu.memoryUsedMiB,
        gpu.memoryFreeMiB,
        gpu.powerDrawWatts,
        gpu.powerLimitWatts,
        gpu.temperatureCelsius,
      ]) {
        expect(figure).toBeTypeOf('number');
      }
      expect(gpu.utilizationPercent === null).toBe(gpu.mig === 'enabled');
    }
  });

  test.each(files('csv', /compute-apps\.csv$/))('%s: one process for every row', (name) => {
    const rows =
      readFileSync(path.join(folder ?? '', name), 'utf8')
        .trim()
        .split('\n').length - 1;
    const result = parsed(name);
    expect(result).toMatchObject({ kind: 'query-compute-apps', result: { kind: 'ok', complete: true, warnings: [] } });
    if (result.kind !== 'query-compute-apps' || result.result.kind !== 'ok') return;
    expect(result.result.processes).toHaveLength(rows);
    const isWindows = name.includes('windows');
    for (const process of result.result.processes) expect(process.memoryUsedMiB === null).toBe(isWindows);
  });

  test.each(files('xml', /\.xml$/))('%s: every GPU has its identity and memory', (name) => {
    const result = parsed(name);
    expect(result).toMatchObject({ kind: 'xml', result: { kind: 'ok' } });
    if (result.kind !== 'xml' || result.result.kind !== 'ok') return;
    const text = readFileSync(path.join(folder ?? '', name), 'utf8');
    expect(result.result.gpus).toHaveLength(text.match(/<gpu id=/g)?.length ?? 0);
    expect(result.result.processes).toHaveLength(text.match(/<process_info>/g)?.length ?? 0);
    for (const gpu of result.result.gpus) {
      expect(gpu).toMatchObject({
        uuid: expect.stringMatching(/^GPU-/),
        driverVersion: expect.any(String),
        memoryTotalMiB: expect.any(Number),
        powerDrawWatts: expect.any(Number),
      });
    }
    for (const process of result.result.processes)
      expect(process).toMatchObject({
        pid: expect.any(Number),
        name: expect.any(String),
        memoryUsedMiB: expect.any(Number),
      });
  });

  test.each([
    ['driver-library-mismatch.stdout', 'version-mismatch'],
    ['driver-library-mismatch-old.stdout', 'version-mismatch'],
    ['driver-not-loaded.stdout', 'no-driver'],
    ['library-not-found.stdout', 'library-not-found'],
    ['no-devices.stdout', 'no-devices'],
    ['nvml-unknown-error.stdout', 'unknown'],
    ['gpu-lost.stdout', 'lost'],
    ['gpu-handle-unknown-error.stdout', 'handle-error'],
    ['gpu-handle-unknown-error-new.stdout', 'handle-error'],
    ['invalid-field.stdout', 'invalid-field'],
  ])('errors/%s is told as %s', (name, reason) => {
    expect(parsed(`errors/${name}`)).toMatchObject({ kind: 'failure', result: { reason } });
  });

  test('an unknown cell among known ones, odd names and withheld rows', () => {
    expect(parsed('errors/unknown-error-cell.csv')).toMatchObject({
      result: { gpus: [{ utilizationPercent: 100, powerDrawWatts: 228.82, powerLimitWatts: 210 }] },
    });
    expect(parsed('errors/compute-apps-odd-names.csv')).toMatchObject({
      result: { complete: true, processes: { length: 6, 5: { name: '/root/tools/mem, hog', memoryUsedMiB: 818 } } },
    });
    expect(parsed('errors/compute-apps-insufficient-permissions.csv')).toMatchObject({
      result: { complete: false, processes: { length: 3 } },
    });
    expect(parsed('csv/gb10-unified-memory-1.csv')).toMatchObject({
      result: { gpus: [{ unifiedMemory: true, memoryTotalMiB: null }] },
    });
  });

  test.each(files('text', /\.txt$/))('%s is recognised and not guessed at', (name) => {
    const kind = /-(table|pmon|q|L|version)\.txt$/.exec(name)?.[1] ?? '';
    const expected = { table: 'table', pmon: 'pmon', q: 'query-text', L: 'list', version: 'version' }[kind];
    expect(parsed(name).kind).toBe(expected);
  });
});
