import { describe, expect, test } from 'vitest';
import { blockerWords } from '../../../src/main/core/domain/blocker.ts';
import type { Blocker, GpuRefusal } from '../../../src/main/core/domain/blocker.ts';
import { outcomeOf, outcomeWords, reasonWord } from '../../../src/main/core/domain/outcome.ts';
import { counted, wordsForDuration, wordsForMiB, wordsForOrigin } from '../../../src/main/core/domain/words.ts';
import { ORIGINS } from '../../../src/shared/job.ts';
import type { Outcome, OutcomeCause } from '../../../src/shared/job.ts';
import { exitRecord } from './jobs.ts';

describe('lengths and sizes for people', () => {
  test.for<[number, string]>([
    [-20, '0 ms'],
    [0, '0 ms'],
    [340, '340 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [1_840, '1.8 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 m 00 s'],
    [192_000, '3 m 12 s'],
    [3_599_499, '59 m 59 s'],
    [3_599_500, '1 h 00 m'],
    [7_080_000, '1 h 58 m'],
    [360_000_000, '100 h 00 m'],
  ])('%i ms is “%s”', ([ms, words]) => {
    expect(wordsForDuration(ms)).toBe(words);
  });

  test.for<[number, string]>([
    [0, '0 MiB'],
    [512, '512 MiB'],
    [1_023, '1023 MiB'],
    [1_024, '1.0 GiB'],
    [21_914, '21.4 GiB'],
  ])('%i MiB is “%s”', ([mib, words]) => {
    expect(wordsForMiB(mib)).toBe(words);
  });

  test.for<[number, string]>([
    [0, '0 processes'],
    [1, '1 process'],
    [2, '2 processes'],
  ])('%i is counted “%s”', ([count, words]) => {
    expect(counted(count, 'process', 'processes')).toBe(words);
  });

  test('every face of the app has its words', () => {
    expect(ORIGINS.map((origin) => `${origin}: ${wordsForOrigin(origin)}`)).toEqual([
      'window: in the window',
      'tray: in the tray',
      'notification: in a notification',
      'cli: in a terminal',
      'http: over HTTP',
      'quit: when the app was quit',
      'core: by the app',
    ]);
  });
});

describe('why a queued job is not running', () => {
  const byJob: GpuRefusal = { index: 0, kind: 'job', jobId: 41 };
  test.for<[Blocker, string]>([
    [{ kind: 'paused' }, 'the queue is paused'],
    [{ kind: 'draining' }, 'the queue is draining: nothing new starts'],
    [{ kind: 'cpu-slots', slots: 1 }, 'waits for the CPU slot'],
    [{ kind: 'cpu-slots', slots: 4 }, 'waits for one of 4 CPU slots'],
    [{ kind: 'no-driver' }, 'needs a GPU and no NVIDIA GPU has answered'],
    [
      { kind: 'too-few-gpus', wanted: 4, present: 2, named: false },
      'needs 4 GPUs and this machine has 2: it cannot run here',
    ],
    [
      { kind: 'too-few-gpus', wanted: 2, present: 1, named: true },
      'needs 2 GPUs of those it names, and 1 of them is here',
    ],
    [
      { kind: 'too-few-gpus', wanted: 1, present: 0, named: true },
      'needs 1 GPU of those it names, and 0 of them are here',
    ],
    [{ kind: 'held' }, 'held: it starts when it is released'],
    [{ kind: 'after', jobId: 4, status: 'running' }, 'after #4, which is running'],
    [{ kind: 'after', jobId: 4, status: 'failed' }, 'after #4, which has failed: requeue that, or cancel this'],
    [{ kind: 'after', jobId: 4, status: 'cancelled' }, 'after #4, which was cancelled: requeue that, or cancel this'],
    [{ kind: 'after', jobId: 4, status: null }, 'after #4, which is gone: cancel it, or submit it again without that'],
    [
      { kind: 'gpus-too-small', wanted: 1, memoryMiB: 40_960, large: 0 },
      'needs 1 GPU with 40.0 GiB and only 0 here are that large',
    ],
    [
      { kind: 'gpus-too-small', wanted: 2, memoryMiB: 16_384, large: 1 },
      'needs 2 GPUs with 16.0 GiB and only 1 here is that large',
    ],
    [{ kind: 'behind', jobId: 12 }, 'after #12, which is next for the GPUs'],
    [{ kind: 'gpus-busy', wanted: 1, free: 0, refusals: [] }, 'needs 1 GPU, 0 free'],
    [{ kind: 'gpus-busy', wanted: 2, free: 1, refusals: [byJob] }, 'needs 2 GPUs, 1 free: GPU 0 used by #41'],
    [
      {
        kind: 'gpus-busy',
        wanted: 3,
        free: 0,
        refusals: [
          { index: 0, kind: 'foreign', words: 'python (pid 4412), not ours, 11.2 GiB' },
          { index: 1, kind: 'memory', leftMiB: 512 },
          { index: 2, kind: 'quarantined', words: 'pid 9 will not die' },
        ],
      },
      'needs 3 GPUs, 0 free: GPU 0 used by python (pid 4412), not ours, 11.2 GiB, GPU 1 has 512 MiB unreserved, GPU 2 quarantined, pid 9 will not die',
    ],
    [
      {
        kind: 'gpus-busy',
        wanted: 8,
        free: 0,
        refusals: [byJob, { ...byJob, index: 1 }, { ...byJob, index: 2 }, { ...byJob, index: 3 }],
      },
      'needs 8 GPUs, 0 free: GPU 0 used by #41, GPU 1 used by #41, GPU 2 used by #41',
    ],
  ])('%o', ([blocker, words]) => {
    expect(blockerWords(blocker)).toBe(words);
  });
});

describe('how a run ended', () => {
  test.for<[string, Parameters<typeof exitRecord>[0], OutcomeCause | null, Outcome]>([
    ['an exit code', { code: 3 }, null, { kind: 'exited', code: 3, cause: null }],
    ['an exit code with its cause', { code: 1 }, 'cuda-oom', { kind: 'exited', code: 1, cause: 'cuda-oom' }],
    ['a success', { code: 0 }, null, { kind: 'exited', code: 0, cause: null }],
    [
      'a code of success after the system asked it to stop',
      { code: 0 },
      'system-stop',
      { kind: 'exited', code: 0, cause: 'system-stop' },
    ],
    [
      'a signal',
      { code: null, signal: 'SIGSEGV', core_dumped: true },
      null,
      { kind: 'signalled', signal: 'SIGSEGV', coreDumped: true, cause: null },
    ],
    [
      'a kill by the kernel',
      { code: null, signal: 'SIGKILL' },
      'kernel-oom',
      { kind: 'signalled', signal: 'SIGKILL', coreDumped: false, cause: 'kernel-oom' },
    ],
    ['a stop before the start', { code: null, never_started: true }, null, { kind: 'never-started' }],
    [
      'a start error, which is never_started as well',
      {
        code: null,
        never_started: true,
        start_error: { stage: 'exec', errno: 2, code: 'ENOENT', message: 'No such file or directory' },
      },
      null,
      { kind: 'start-error', stage: 'exec', code: 'ENOENT', message: 'No such file or directory' },
    ],
    ['a record that says nothing', { code: null }, null, { kind: 'lost', why: 'no-record' }],
  ])('the record of %s', ([, record, cause, outcome]) => {
    expect(outcomeOf(exitRecord(record), cause)).toEqual(outcome);
  });

  const startError = (stage: string, code: string, message: string): Outcome => ({
    kind: 'start-error',
    stage,
    code,
    message,
  });
  const signalled = (signal: string, coreDumped: boolean, cause: OutcomeCause | null = null): Outcome => ({
    kind: 'signalled',
    signal,
    coreDumped,
    cause,
  });
  test.for<[Outcome, string, string | null]>([
    [{ kind: 'exited', code: 0, cause: null }, 'exit 0', null],
    [{ kind: 'exited', code: 143, cause: null }, 'exit 143', 'exit-code'],
    [{ kind: 'exited', code: 1, cause: 'cuda-oom' }, 'CUDA out of memory · exit 1', 'cuda-oom'],
    [signalled('SIGKILL', false), 'killed by SIGKILL', 'signal'],
    [
      signalled('SIGKILL', false, 'kernel-oom'),
      'killed by SIGKILL; the kernel killed processes for lack of memory while it ran',
      'kernel-oom',
    ],
    [signalled('SIGABRT', true, 'cuda-oom'), 'CUDA out of memory · killed by SIGABRT', 'cuda-oom'],
    [signalled('SIGTERM', false), 'killed by SIGTERM', 'signal'],
    [signalled('SIGSEGV', true), 'killed by SIGSEGV, core dumped', 'signal'],
    [{ kind: 'never-started' }, 'never started', 'never-started'],
    [{ kind: 'lost', why: 'reboot' }, 'lost: the machine was restarted while it ran', 'lost'],
    [
      { kind: 'lost', why: 'no-record' },
      'lost: its runner is gone and left no record, so the exit code is unknown',
      'lost',
    ],
    [
      startError('chdir', 'ENOENT', 'No such file or directory'),
      'did not start: folder /data/run: No such file or directory',
      'start-error',
    ],
    [
      startError('exec', 'ENOENT', 'x'),
      'did not start: pyhton: not found (no such program, or its interpreter is missing)',
      'start-error',
    ],
    [startError('exec', 'EACCES', 'x'), 'did not start: pyhton: not executable, or a folder', 'start-error'],
    [
      startError('exec', 'E2BIG', 'Argument list too long'),
      'did not start: exec pyhton: Argument list too long',
      'start-error',
    ],
    [
      startError('log', 'ENOSPC', 'No space left on device'),
      'did not start: log pyhton: No space left on device',
      'start-error',
    ],
  ])('%o', ([outcome, words, reason]) => {
    expect(outcomeWords(outcome, ['pyhton', 'train.py'], '/data/run')).toBe(words);
    expect(reasonWord(outcome)).toBe(reason);
  });
});
