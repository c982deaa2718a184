import { expect, test } from 'vitest';
import { parseXml } from '../../../src/main/core/gpu/nvidia-smi-parser/xml.ts';
import { sample } from './samples.ts';

test('the index is the position, not the minor number: they differ where PCI order and driver order do', () => {
  const result = parseXml(sample('log-order.xml'));
  expect(result).toMatchObject({
    kind: 'ok',
    warnings: [],
    gpus: [
      {
        index: 0,
        minorNumber: 1,
        pciBusId: '00001580:00:00.0',
        powerDrawWatts: 119.47,
        powerLimitWatts: 180,
        driverVersion: '535.54.03',
      },
      { index: 1, minorNumber: 0, pciBusId: '0000F8D6:00:00.0' },
    ],
  });
});

test('processes belong to their GPU, names are unescaped, withheld memory is unknown', () => {
  expect(parseXml(sample('log-order.xml'))).toMatchObject({
    processes: [
      {
        gpuUuid: 'GPU-11111111-1111-4111-8111-111111111111',
        pid: 501,
        name: 'python a,b && c',
        memoryUsedMiB: 576,
        type: 'C',
      },
      { pid: 502, type: 'C+G', memoryUsedMiB: null, gpuInstanceId: null },
    ],
  });
});

test('MIG instances and their processes are listed, and a partial list loses its index', () => {
  expect(parseXml(sample('log-mig.xml'))).toMatchObject({
    gpus: [
      {
        index: null,
        mig: 'enabled',
        utilizationPercent: null,
        migDevices: [
          { index: 0, gpuInstanceId: 3, computeInstanceId: 0, memoryTotalMiB: 9984, memoryUsedMiB: 9 },
          { index: 1, gpuInstanceId: 4, memoryUsedMiB: 10 },
        ],
      },
    ],
    processes: [{ pid: 77, gpuInstanceId: 3 }],
    warnings: [expect.stringContaining('attached_gpus is 4')],
  });
});

test('the names of drivers from 570 on are understood', () => {
  expect(parseXml(sample('log-new-names.xml'))).toMatchObject({
    gpus: [
      {
        powerDrawWatts: 8.81,
        powerLimitWatts: 70,
        driverVersion: '610.57.04',
        minorNumber: null,
        mig: null,
        migDevices: [],
      },
    ],
  });
});

test('unified memory is marked in XML too', () => {
  expect(parseXml(sample('log-unified.xml'))).toMatchObject({ gpus: [{ unifiedMemory: true, memoryTotalMiB: null }] });
});

test('XML cut in a figure gives no smaller figure', () => {
  const whole = sample('log-order.xml');
  const cut = whole.slice(0, whole.indexOf('24576 MiB') + 3);
  const result = parseXml(cut);
  if (result.kind === 'ok') expect(result.gpus[0]?.memoryTotalMiB ?? null).toBeNull();
});

test('error text instead of XML is told', () => {
  expect(parseXml(sample('failure-mismatch.txt'))).toMatchObject({ kind: 'failure', reason: 'version-mismatch' });
});

test('an entity bomb or a nested one is no crash', () => {
  const bomb =
    '<!DOCTYPE nvidia_smi_log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><nvidia_smi_log><gpu><uuid>&b;&b;&b;</uuid></gpu></nvidia_smi_log>';
  expect(['ok', 'failure']).toContain(parseXml(bomb).kind);
  expect(['ok', 'failure']).toContain(parseXml('<nvidia_smi_log>'.repeat(5000)).kind);
});
