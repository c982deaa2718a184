import { describe, expect, test } from 'vitest';
import { receiptOf } from '../../../src/main/core/domain/receipt.ts';
import type { ReceiptSources } from '../../../src/main/core/domain/receipt.ts';
import { spec, stop } from './jobs.ts';

function sources(over: Partial<ReceiptSources> = {}): ReceiptSources {
  return {
    job: { spec: spec() },
    stop: stop(),
    journal: [],
    outcome: { kind: 'exited', code: 0, cause: null },
    runner: 'native',
    membersGone: 9,
    memory: [],
    observations: [],
    finishedAt: 3_840,
    ...over,
  };
}

test('the receipt of a whole stop, as people read it', () => {
  const receipt = receiptOf(
    sources({
      memory: [
        { gpu: 'GPU-A', beforeMiB: 21_914, afterMiB: 0 },
        { gpu: 'GPU-B', beforeMiB: 600, afterMiB: null },
      ],
      observations: ['GPU memory was looked at after the last process had gone'],
      journal: [
        { at: 2_001, event: 'stop', deadline_at: 12_000 },
        { at: 2_002, event: 'signal', signal: 'SIGTERM', sent: 1, to: 'main' },
        { at: 2_500, event: 'main-exit', code: 0 },
        { at: 2_501, event: 'signal', signal: 'SIGTERM', sent: 8, to: 'orphans' },
        { at: 2_600, event: 'extended', deadline_at: 22_000 },
        { at: 3_000, event: 'signal', signal: 'SIGTERM', sent: 2, to: 'rest' },
        { at: 3_400, event: 'killing', reason: 'deadline' },
        { at: 3_401, event: 'signal', signal: 'SIGKILL', sent: 1, to: 'all' },
        { at: 3_500, event: 'stuck', pids: [{ pid: 9 }] },
        { at: 3_800, event: 'empty', reaped: 9 },
        { at: 3_801, event: 'an event of a newer runner' },
      ],
    }),
  );
  expect(receipt).toEqual({
    verdict: '9 processes gone, 21.4 GiB returned, 1.8 s, exit 0',
    requestedBy: 'window',
    requestedAt: 2_000,
    finishedAt: 3_840,
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
    membersGone: 9,
    members: [],
    membersNotListed: 9,
    survivors: 0,
    memory: [
      { gpu: 'GPU-A', beforeMiB: 21_914, afterMiB: 0 },
      { gpu: 'GPU-B', beforeMiB: 600, afterMiB: null },
    ],
    steps: [
      {
        rung: 'asked',
        at: 2_000,
        signal: null,
        sent: 0,
        words: 'Asked in the window; written down before any signal. Policy: SIGTERM, 10 s',
      },
      { rung: 'main', at: 2_002, signal: 'SIGTERM', sent: 1, words: 'SIGTERM and SIGCONT to main' },
      { rung: 'main-exit', at: 2_500, signal: null, sent: 0, words: 'Main exited with code 0' },
      {
        rung: 'orphans',
        at: 2_501,
        signal: 'SIGTERM',
        sent: 8,
        words: 'SIGTERM to 8 processes left behind by one that had exited',
      },
      { rung: 'extended', at: 2_600, signal: null, sent: 0, words: 'Given more time' },
      {
        rung: 'rest',
        at: 3_000,
        signal: 'SIGTERM',
        sent: 2,
        words: 'SIGTERM to 2 processes, shortly before the deadline',
      },
      { rung: 'kill', at: 3_401, signal: 'SIGKILL', sent: 1, words: 'SIGKILL to 1 process' },
      {
        rung: 'stuck',
        at: 3_500,
        signal: null,
        sent: 1,
        words: 'The kernel held on to a process that SIGKILL was sent to',
      },
      { rung: 'empty', at: 3_800, signal: null, sent: 0, words: 'The kernel said that no child is left (ECHILD)' },
      { rung: 'verified', at: 3_840, signal: null, sent: 0, words: 'No process of the run is left' },
    ],
    proofs: [
      'Kernel: no child left (ECHILD), told by the native runner',
      'Each process was checked by start time right before each signal',
      'GPU memory was looked at after the last process had gone',
    ],
  });
});

describe('the verdict claims only what was seen', () => {
  test.for<[string, Partial<ReceiptSources>, string]>([
    [
      'a queued job that was cancelled',
      { outcome: { kind: 'never-started' }, membersGone: 0 },
      'cancelled before it started: no process was made',
    ],
    [
      'a start that failed under the stop',
      { outcome: { kind: 'start-error', stage: 'exec', code: 'ENOENT', message: 'x' }, membersGone: 0 },
      'cancelled while it was starting: no process is left',
    ],
    [
      'a kill',
      { outcome: { kind: 'signalled', signal: 'SIGKILL', coreDumped: false, cause: null }, membersGone: 1 },
      '1 process gone, 1.8 s',
    ],
    [
      'a run whose runner had gone',
      { outcome: { kind: 'lost', why: 'no-record' }, membersGone: 2 },
      '2 processes gone, 1.8 s',
    ],
    [
      'memory that the driver does not tell',
      { memory: [{ gpu: 'GPU-A', beforeMiB: null, afterMiB: 0 }] },
      '9 processes gone, 1.8 s, exit 0',
    ],
    [
      'memory that did not come back',
      { memory: [{ gpu: 'GPU-A', beforeMiB: 600, afterMiB: 900 }] },
      '9 processes gone, 1.8 s, exit 0',
    ],
    ['a clock that went back', { finishedAt: 1_000 }, '9 processes gone, 0 ms, exit 0'],
  ])('%s', ([, over, verdict]) => {
    expect(receiptOf(sources(over)).verdict).toBe(verdict);
  });
});

describe('the proofs claim no more than the runner can know', () => {
  test('a queued job has the transaction as its proof', () => {
    expect(receiptOf(sources({ outcome: { kind: 'never-started' }, runner: null })).proofs).toEqual([
      'It left the queue in one transaction: no process was made',
    ]);
  });

  test('the native runner without “empty” in its journal does not speak for the kernel', () => {
    expect(receiptOf(sources()).proofs).toEqual(['Each process was checked by start time right before each signal']);
  });

  test('the portable runner says what it would not have seen', () => {
    const journal = [{ at: 3_000, event: 'empty' }];
    expect(receiptOf(sources({ runner: 'portable', journal })).proofs).toEqual([
      'Portable runner: process group and remembered tree are empty; a process that left both would not be seen',
    ]);
  });

  test('without any runner left only the observations count', () => {
    expect(receiptOf(sources({ runner: null, observations: ['Swept by start time'] })).proofs).toEqual([
      'Swept by start time',
    ]);
  });

  test('the portable runner’s “empty” step does not put ECHILD into the kernel’s mouth', () => {
    const { steps } = receiptOf(sources({ runner: 'portable', journal: [{ at: 3_000, event: 'empty' }] }));
    expect(steps.map((step) => step.words).join('\n')).not.toContain('ECHILD');
  });
});
