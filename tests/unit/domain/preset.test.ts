import { describe, expect, test } from 'vitest';
import { CRASH_WINDOW_MS, crashLoopNotice } from '../../../src/main/core/domain/crashLoop.ts';
import { presetFor } from '../../../src/main/core/domain/preset.ts';

describe('how a launcher wants to be stopped', () => {
  test.for<[string, string | undefined]>([
    ['torchrun --nproc_per_node 2 train.py', 'torchrun'],
    ['/opt/venv/bin/torchrun train.py', 'torchrun'],
    ['python -m torch.distributed.run train.py', 'torchrun'],
    ['python3.11 -u -m torch.distributed.launch train.py', 'torchrun'],
    ['accelerate launch train.py', 'accelerate'],
    ['deepspeed train.py', 'deepspeed'],
    ['uv run torchrun train.py', 'torchrun'],
    ['env NCCL_DEBUG=INFO torchrun train.py', 'torchrun'],
    ['nohup accelerate launch train.py', 'accelerate'],
    ['axolotl train config.yml', 'axolotl'],
    ['python train.py', undefined],
    ['python train.py -m torch.distributed.run', undefined],
    ['cat torchrun', undefined],
    ['', undefined],
  ])('“%s”: %s', ([line, name]) => {
    expect(presetFor(line.split(' '))?.name).toBe(name);
  });

  test('the launchers get the 35 s in which their ranks can save', () => {
    for (const program of ['torchrun', 'accelerate', 'deepspeed']) expect(presetFor([program])?.graceSeconds).toBe(35);
  });

  test('no command at all has no preset', () => {
    expect(presetFor([])).toBeNull();
  });
});

describe('a queue that may be what kills the app', () => {
  test('two crashes are no loop, three within the window are', () => {
    expect(crashLoopNotice([1_000, 2_000], 3_000)).toBeNull();
    expect(crashLoopNotice([1_000, 2_000, 3_000], 4_000)).toBe(
      'Trainyard ended unexpectedly 3 times within 5 m 00 s, so the queue is paused. Runs go on. Press Run to let jobs start again.',
    );
  });

  test('crashes of long ago do not count', () => {
    expect(crashLoopNotice([0, 1, CRASH_WINDOW_MS + 2], CRASH_WINDOW_MS + 3)).toBeNull();
  });
});
