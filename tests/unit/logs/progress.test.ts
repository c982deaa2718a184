import { describe, expect, test } from 'vitest';
import { causeOf } from '../../../src/main/core/logs/causes.ts';
import type { BadEnd } from '../../../src/main/core/logs/causes.ts';
import { progressOf } from '../../../src/main/core/logs/progress.ts';
import type { Progress } from '../../../src/shared/job.ts';

const ESC = '\u001B';

describe('progress in real-looking logs', () => {
  test.for<[string, string, Progress]>([
    [
      'plain lines of epoch, step and loss',
      'epoch 3/40 step 119/1600 loss 0.43\nepoch 3/40 step 120/1600 loss 0.42\n',
      { fraction: 0.075, position: 'step 120 of 1,600', loss: 0.42, secondsLeft: 1_233 },
    ],
    [
      'tqdm, which writes over its line with \\r',
      '  0%|          | 0/1000 [00:00<?, ?it/s]\r 61%|██████    | 610/1000 [00:10<00:06, 60.01it/s]\r 62%|██████▏   | 620/1000 [00:10<00:06, 60.01it/s]',
      { fraction: 0.62, position: 'step 620 of 1,000', loss: null, secondsLeft: 6 },
    ],
    [
      'tqdm of many hours',
      '  1%|▏         | 1234/98765 [12:34<16:32:10,  1.64it/s]',
      { fraction: 1234 / 98765, position: 'step 1,234 of 98,765', loss: null, secondsLeft: 59_530 },
    ],
    [
      'tqdm with a loss behind',
      ' 50%|█████     | 50/100 [00:05<00:05,  9.9it/s, loss=1.25]',
      { fraction: 0.5, position: 'step 50 of 100', loss: 1.25, secondsLeft: 5 },
    ],
    [
      'the Trainer of Hugging Face: a bar and dicts',
      "{'loss': 0.9012, 'grad_norm': 1.2, 'learning_rate': 4e-05, 'epoch': 0.5}\n 25%|██▌       | 250/1000 [01:00<03:00,  4.17it/s]\r{'loss': 0.7512, 'grad_norm': 1.1, 'learning_rate': 3e-05, 'epoch': 1.0}\n",
      { fraction: 0.25, position: 'step 250 of 1,000', loss: 0.7512, secondsLeft: 180 },
    ],
    [
      'colours of a terminal',
      `${ESC}[1;32mEpoch${ESC}[0m ${ESC}[33m2/4${ESC}[0m train_loss: ${ESC}[31m1.5e-3${ESC}[0m\n`,
      { fraction: 0.5, position: 'epoch 2 of 4', loss: 0.0015, secondsLeft: 100 },
    ],
    [
      'the log of Lightning',
      'Epoch 1/2: training_loss=0.125',
      { fraction: 0.5, position: 'epoch 1 of 2', loss: 0.125, secondsLeft: 100 },
    ],
    [
      'an iteration in brackets',
      'iter [ 50]: skipped\nIteration: [50 / 200]  loss: -1.5\n',
      { fraction: 0.25, position: 'step 50 of 200', loss: -1.5, secondsLeft: 300 },
    ],
    ['“of” in words', 'batch 3 of 12', { fraction: 0.25, position: 'step 3 of 12', loss: null, secondsLeft: 300 }],
    ['the last step', 'step 10/10', { fraction: 1, position: 'step 10 of 10', loss: null, secondsLeft: 0 }],
    ['a loss alone', 'it 7 loss=0.5', { fraction: null, position: null, loss: 0.5, secondsLeft: null }],
    [
      'a position before much other output',
      `epoch 1/2\n${'a line about something else\n'.repeat(50)}`,
      { fraction: 0.5, position: 'epoch 1 of 2', loss: null, secondsLeft: 100 },
    ],
  ])('%s', ([, log, progress]) => {
    expect(progressOf(log, 100_000)).toEqual(progress);
  });

  test.for([
    ['an empty log', ''],
    ['a download', 'Collecting torch\n  Downloading torch-2.4.0.whl (797.2 MB)\n'],
    ['a date and a path', '2026-01-02 12/31 [info] saved to /data/epoch_3/40\n'],
    ['a loss of another thing', 'val_loss: 0.3 weight_loss_factor 2\n'],
    ['a version', 'step-function 1.2.3/4\n'],
    ['a total of 0', 'step 0/0'],
    ['a position beyond its total', 'step 9/3'],
  ])('%s says nothing about progress', ([, log]) => {
    expect(progressOf(log ?? '', 100_000)).toBeNull();
  });

  test('an inner bar’s time left is not passed off as that of all epochs', () => {
    const log = 'Epoch 3/40:  62%|██████▏   | 620/1000 [00:10<00:06, 60.01it/s, loss=0.42]';
    const progress = progressOf(log, 100_000);
    expect(progress?.loss).toBe(0.42);
    // Either may be shown, but what is left belongs to what is shown.
    const shown = { position: progress?.position, secondsLeft: progress?.secondsLeft };
    expect([
      { position: 'epoch 3 of 40', secondsLeft: 1_233 },
      { position: 'step 620 of 1,000', secondsLeft: 6 },
    ]).toContainEqual(shown);
  });

  test('without a time nothing is supposed, and the first hundredth is noise', () => {
    expect(progressOf('step 50/100', null)?.secondsLeft).toBeNull();
    expect(progressOf('step 9/1000', 100_000)?.secondsLeft).toBeNull();
    expect(progressOf('step 10/1000', 100_000)?.secondsLeft).toBe(9_900);
  });

  test('a tail that begins in the middle of a line or of a colour is no trouble', () => {
    const log = `${ESC}[32mepoch 12/40${ESC}[0m loss 0.5\nepoch 13/40 loss 0.25\n`;
    for (let cut = 0; cut < 20; cut += 1)
      expect(progressOf(log.slice(cut), null)).toMatchObject({ position: 'epoch 13 of 40', loss: 0.25 });
  });

  test('a flood in one line is read in no time: no pattern backtracks over it', () => {
    const started = performance.now();
    for (const line of [
      'step '.repeat(2_000),
      `step${' '.repeat(8_000)}`,
      '1'.repeat(8_192),
      `|${' '.repeat(8_000)}`,
      `loss${'='.repeat(8_000)}`,
    ])
      progressOf(line, 1_000);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the cause of a bad end is evidence, never a guess', () => {
  const END: BadEnd = {
    signal: null,
    killedByUs: false,
    stoppedByOthers: false,
    kernelKills: { before: 3, after: 3 },
    logTail: '',
  };
  test.for<[string, Partial<BadEnd>, string | null]>([
    ['nothing known', {}, null],
    [
      'the kernel counted a kill while it ran',
      { signal: 'SIGKILL', kernelKills: { before: 3, after: 4 } },
      'kernel-oom',
    ],
    ['a SIGKILL without a count is somebody’s', { signal: 'SIGKILL' }, null],
    [
      'our own SIGKILL is not the kernel’s',
      { signal: 'SIGKILL', killedByUs: true, kernelKills: { before: 3, after: 4 } },
      null,
    ],
    ['another signal is not the memory killer’s', { signal: 'SIGTERM', kernelKills: { before: 3, after: 4 } }, null],
    ['a kernel that does not count', { signal: 'SIGKILL', kernelKills: { before: null, after: 4 } }, null],
    ['PyTorch', { logTail: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB' }, 'cuda-oom'],
    ['JAX', { logTail: 'RESOURCE_EXHAUSTED: Out of memory while trying to allocate' }, 'cuda-oom'],
    ['cuBLAS', { logTail: 'RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED' }, 'cuda-oom'],
    ['Python’s own memory', { logTail: 'MemoryError' }, null],
  ])('%s', ([, over, cause]) => {
    expect(causeOf({ ...END, ...over })).toBe(cause);
  });
});
