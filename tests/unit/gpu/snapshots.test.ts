import { expect, test } from 'vitest';
import { withFailure, withGpus, withProcesses, withStaleness } from '../../../src/main/core/gpu/snapshots.ts';
import type { GpuFailure, GpuView } from '../../../src/shared/gpu.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';

function failure(reason: GpuFailure['reason']): GpuFailure {
  return { reason, message: reason, advice: 'Do something.' };
}

const gpu: GpuView = {
  uuid: 'GPU-a',
  index: 0,
  name: 'A',
  pciBusId: null,
  driverVersion: null,
  memoryTotalMiB: 100,
  memoryUsedMiB: 1,
  memoryFreeMiB: 99,
  utilizationPercent: 0,
  temperatureCelsius: null,
  powerDrawWatts: null,
  powerLimitWatts: null,
  mig: null,
  unifiedMemory: false,
  quarantine: null,
};
const known = withGpus(GPU_SNAPSHOT_AT_START, { gpus: [gpu], at: 1000, failure: null });

test('a failing driver keeps the last figures and says since when they are old', () => {
  const failing = withFailure(known, failure('no-driver'), 5000);
  expect(failing).toMatchObject({ state: 'failing', gpus: [gpu], sampledAt: 1000, staleSince: 5000 });
  expect(withFailure(failing, failure('timeout'), 9000).staleSince).toBe(5000);
});

test('GPUs that were there and are no longer found are failing, not absent', () => {
  expect(withFailure(known, failure('no-devices'), 5000)).toMatchObject({ state: 'failing', gpus: [gpu] });
  expect(withFailure(GPU_SNAPSHOT_AT_START, failure('no-devices'), 5000)).toMatchObject({
    state: 'absent',
    gpus: [],
    staleSince: null,
  });
});

test('a removed nvidia-smi leaves no GPUs behind', () => {
  expect(withFailure(known, failure('not-installed'), 5000)).toMatchObject({
    state: 'absent',
    gpus: [],
    processes: [],
  });
});

test('fresh figures end failure and staleness', () => {
  const again = withGpus(withFailure(known, failure('timeout'), 5000), { gpus: [gpu], at: 9000, failure: null });
  expect(again).toMatchObject({ state: 'ok', failure: null, sampledAt: 9000, staleSince: null });
});

test('staleness counts from the first miss', () => {
  expect(withStaleness(withStaleness(known, 2000), 3000)).toMatchObject({ state: 'ok', staleSince: 2000 });
});

test('a failed look at the processes keeps the old list and its age, and does not hide why the driver fails', () => {
  const listed = withProcesses(
    known,
    {
      processes: [{ pid: 7, gpuUuid: 'GPU-a', name: 'x', memoryUsedMiB: 5, jobId: null, leaked: false, words: null }],
      at: 1500,
    },
    null,
  );
  expect(withProcesses(listed, null, failure('timeout'))).toMatchObject({
    processes: [{ pid: 7 }],
    processesSampledAt: 1500,
    failure: { reason: 'timeout' },
  });
  const failing = withFailure(listed, failure('version-mismatch'), 2000);
  expect(withProcesses(failing, null, failure('timeout')).failure?.reason).toBe('version-mismatch');
});
