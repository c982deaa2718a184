import { expect, test } from 'vitest';
import { parseFailure } from '../../../src/main/core/gpu/nvidia-smi-parser/failure.ts';
import type { FailureReason, RunOutcome } from '../../../src/main/core/gpu/nvidia-smi-parser/types.ts';

const cases: readonly (readonly [string, Partial<RunOutcome>, FailureReason])[] = [
  [
    'driver updated',
    { exitCode: 18, stdout: 'Failed to initialize NVML: Driver/library version mismatch\n' },
    'version-mismatch',
  ],
  [
    'driver not loaded',
    { exitCode: 9, stdout: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." },
    'no-driver',
  ],
  [
    'driver not loaded, WSL',
    { exitCode: 9, stdout: 'Failed to properly shut down NVML: Driver Not Loaded\n' },
    'no-driver',
  ],
  ['no card', { exitCode: 6, stdout: 'No devices were found\n' }, 'no-devices'],
  [
    'library missing',
    { exitCode: 12, stdout: "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system." },
    'library-not-found',
  ],
  [
    'loader',
    {
      exitCode: 127,
      stderr:
        'nvidia-smi: error while loading shared libraries: libnvidia-ml.so.1: cannot open shared object file: No such file or directory',
    },
    'library-not-found',
  ],
  ['no permission', { exitCode: 4, stdout: 'Failed to initialize NVML: Insufficient Permissions\n' }, 'permission'],
  [
    'blocked by the system',
    { exitCode: 17, stdout: 'Failed to initialize NVML: GPU access blocked by the operating system\n' },
    'permission',
  ],
  [
    'GPU lost',
    {
      exitCode: 15,
      stdout:
        'Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU',
    },
    'lost',
  ],
  [
    'GPU does not answer',
    { exitCode: 255, stdout: 'Unable to determine the device handle for GPU0000:91:00.0: Unknown Error' },
    'handle-error',
  ],
  [
    'field unknown',
    { exitCode: 2, stdout: 'Field "cuda_version" is not a valid field to query.\n\n' },
    'invalid-field',
  ],
  ['container lost the device', { exitCode: 255, stdout: 'Failed to initialize NVML: Unknown Error\n' }, 'unknown'],
  ['segmentation fault', { exitCode: null, signal: 'SIGSEGV' }, 'crashed'],
  ['segmentation fault through a shell', { exitCode: 139 }, 'crashed'],
  ['access violation on Windows', { exitCode: 3_221_225_477 }, 'crashed'],
  ['no answer', { timedOut: true, signal: 'SIGKILL' }, 'timeout'],
  ['not there', { spawnError: { code: 'ENOENT', message: 'spawn nvidia-smi ENOENT' } }, 'not-installed'],
  ['not executable', { spawnError: { code: 'EACCES', message: 'spawn /x EACCES' } }, 'permission'],
  ['wrapper without target', { exitCode: 127, stderr: 'sh: 1: nvidia-smi: not found' }, 'not-installed'],
  ['exit code alone', { exitCode: 18 }, 'version-mismatch'],
  ['exit code 16, reset required', { exitCode: 16 }, 'lost'],
  ['a text never seen', { exitCode: 77, stdout: 'The frobnicator is out of cheese.\n' }, 'unknown'],
  ['nothing', {}, 'unknown'],
];

test.each(cases)(
  '%s gives its own reason and advice, so that the user is not sent the wrong way',
  (_name, outcome, reason) => {
    const failure = parseFailure(outcome);
    expect(failure.reason).toBe(reason);
    expect(failure.message).not.toBe('');
    expect(failure.advice).toMatch(/^[A-Z].*\.$/);
    expect(failure.advice.slice(0, -1)).not.toMatch(/\. [A-Z]/);
  },
);

test.each([
  'Failed to initialize NVML: GPU access blocked by the operating system\nFailed to properly shut down NVML: GPU access blocked by the operating system\n',
  'Failed to properly shut down NVML: Driver Not Loaded\n',
])(
  'under WSL2 nobody is told to install or load a driver in Linux, which would break the one of Windows: %s',
  (stdout) => {
    const { advice } = parseFailure({ exitCode: 9, stdout });
    expect(advice).toContain('update the NVIDIA driver in Windows');
    expect(advice).not.toMatch(/modprobe|\/dev\/nvidia/);
  },
);

test('the field that is refused is named, so that it can be left out', () => {
  expect(parseFailure({ exitCode: 2, stdout: 'Field "power.draw" is not a valid field to query.\n' })).toMatchObject({
    field: 'power.draw',
  });
});

test('all GPUs that do not answer are named, so that the healthy ones can be asked', () => {
  const stdout =
    'Unable to determine the device handle for GPU0000:91:00.0: Unknown Error\nUnable to determine the device handle for GPU1: 00000001:0B:00.0: Unknown Error\n';
  expect(parseFailure({ exitCode: 255, stdout })).toMatchObject({
    reason: 'handle-error',
    pciBusIds: ['0000:91:00.0', '00000001:0B:00.0'],
  });
});

test('a text never seen is shown to the user, without control characters and not endless', () => {
  const failure = parseFailure({ exitCode: 1, stdout: `\u{1b}[31m${'x'.repeat(5000)}` });
  expect(failure.message.length).toBeLessThan(310);
  expect(failure.message).not.toContain('\u{1b}');
});
