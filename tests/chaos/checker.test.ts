import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { judgeEvents } from './checker/judgeEvents.ts';
import { judgeRun } from './checker/judgeRun.ts';
import type { LedgerLine } from './checker/ledger.ts';
import type { EventRow, RunRow } from './checker/rows.ts';
import { FAULTS, scheduleOf } from './schedule.ts';

const folder = mkdtempSync(join(tmpdir(), 'trainyard-checker-'));
writeFileSync(join(folder, 'exit.json'), JSON.stringify({ code: 3, signal: null }));
afterAll(() => rmSync(folder, { recursive: true }));

const line = (what: LedgerLine['what'], more = '-'): LedgerLine => ({
  what,
  job: 1,
  run: 'r',
  pid: 5,
  start: '9',
  more,
});
const row: RunRow = {
  id: 'r',
  job_id: 1,
  attempt: 1,
  status: 'failed',
  gpus: [],
  stop: null,
  outcome: { kind: 'exited', code: 3, cause: null },
  receipt: null,
};
const evidence = { ledger: [line('start'), line('exit', '3')], folder, runnerKilled: false, programMissing: false };

describe('the checker of the chaos sees', () => {
  test('nothing in a run that is right', () => {
    expect(judgeRun(row, evidence)).toEqual([]);
  });

  test.each<[string, Partial<RunRow>, Partial<typeof evidence>]>([
    ['a wrong exit code', { outcome: { kind: 'exited', code: 0, cause: null }, status: 'completed' }, {}],
    ['a failure called completed', { status: 'completed' }, {}],
    ['a cancel that was forgotten', { stop: { intent: 'cancel' } }, {}],
    ['a cancel without a receipt', { stop: { intent: 'cancel' }, status: 'cancelled' }, {}],
    ['an exit code passed off as a signal', { outcome: { kind: 'signalled', signal: 'SIGTERM' } }, {}],
    ['a run called lost though its runner lived', { outcome: { kind: 'lost', why: 'no-record' } }, {}],
    [
      'a start that is denied',
      { outcome: { kind: 'never-started' }, stop: { intent: 'cancel' }, status: 'cancelled' },
      {},
    ],
    ['a code that nobody ended with', {}, { ledger: [line('start')] }],
    ['no outcome at all', { outcome: null }, {}],
  ])('%s', (_, change, other) => {
    expect(judgeRun({ ...row, ...change }, { ...evidence, ...other })).not.toEqual([]);
  });
});

describe('the checker of the events sees', () => {
  const job = { id: 1, status: 'completed', name: 'a', command: '[]', attempt: 1, run_id: 'r' };
  const events: readonly EventRow[] = [
    { seq: 1, kind: 'job.submitted', job_id: 1, data: {} },
    { seq: 2, kind: 'job.claimed', job_id: 1, data: { from: 'queued', to: 'pending', run: 'r', gpus: ['g'] } },
    { seq: 3, kind: 'job.started', job_id: 1, data: { from: 'pending', to: 'running' } },
    { seq: 4, kind: 'job.ended', job_id: 1, data: { from: 'running', to: 'completed' } },
  ];
  const judge = (list: readonly EventRow[]): readonly string[] => judgeEvents({ jobs: [job], runs: [], events: list });

  test('nothing in a story that is right', () => {
    expect(judge(events)).toEqual([]);
  });

  test('a gap, a number that comes twice, a lost start, a row that says something else', () => {
    expect(judge(events.filter(({ seq }) => seq !== 2))).not.toEqual([]);
    expect(judge(events.map((event) => ({ ...event, seq: Math.min(event.seq, 3) })))).not.toEqual([]);
    expect(judge([...events.slice(0, 2), { ...events[3], seq: 3 } as EventRow])).not.toEqual([]);
    expect(judge(events.slice(0, 3))).not.toEqual([]);
  });

  test('one GPU given to two jobs at the same time', () => {
    const second = [
      { seq: 4, kind: 'job.submitted', job_id: 2, data: {} },
      { seq: 5, kind: 'job.claimed', job_id: 2, data: { from: 'queued', run: 's', gpus: ['g'] } },
    ];
    expect(judge([...events.slice(0, 3), ...second]).join()).toContain('GPU g was given to #2');
  });
});

test('a seed stands for one schedule, and another seed for another', () => {
  const schedule = (seed: number): string => JSON.stringify(scheduleOf(seed, 60_000, new Set(FAULTS)));
  expect(schedule(5)).toBe(schedule(5));
  expect(schedule(5)).not.toBe(schedule(6));
});
