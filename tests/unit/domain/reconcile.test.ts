import { describe, expect, test } from 'vitest';
import { reconcile } from '../../../src/main/core/domain/reconcile.ts';
import type { Findings, Reconciliation } from '../../../src/main/core/domain/reconcile.ts';
import {
  exitRecordSchema,
  identityRecordSchema,
  journalEntrySchema,
} from '../../../src/main/core/domain/runnerRecords.ts';
import { exitRecord, IDENTITY, identityRecord } from './jobs.ts';

const NOTHING: Findings = {
  bootId: 'boot-1',
  claimedBootId: 'boot-1',
  exit: null,
  identity: null,
  runnerAlive: false,
  spawned: false,
};
const exit = exitRecord({ code: 5 });
const identity = IDENTITY;

describe('a live row at the start of the app', () => {
  test.for<[string, Partial<Findings>, Reconciliation]>([
    ['nothing was spawned: it is started', {}, { kind: 'start-again' }],
    ['spawned, no identity yet: it may be on its way', { spawned: true }, { kind: 'wait-for-identity' }],
    [
      'the runner lives: adopted with who it is',
      { spawned: true, identity, runnerAlive: true },
      { kind: 'adopt', identity: IDENTITY },
    ],
    ['the runner is gone without a record: lost', { spawned: true, identity }, { kind: 'lost' }],
    ['a record: finished with its true exit code', { spawned: true, identity, exit }, { kind: 'finish', exit }],
    [
      'a record wins while the runner is still there',
      { spawned: true, identity, exit, runnerAlive: true },
      { kind: 'finish', exit },
    ],
    ['a record without an identity (the log could not be opened)', { spawned: true, exit }, { kind: 'finish', exit }],
    ['a record wins over a reboot: it ended before', { bootId: 'boot-2', identity, exit }, { kind: 'finish', exit }],
    [
      'claimed, then rebooted before it was spawned: lost, not started again behind the user’s back',
      { bootId: 'boot-2' },
      { kind: 'lost-by-reboot' },
    ],
    [
      'after a reboot nobody is adopted, though a process has that pid',
      { bootId: 'boot-2', spawned: true, identity, runnerAlive: true },
      { kind: 'lost-by-reboot' },
    ],
    [
      'an identity of another boot is not adopted either',
      { spawned: true, identity: { ...IDENTITY, bootId: 'boot-0' }, runnerAlive: true },
      { kind: 'lost-by-reboot' },
    ],
  ])('%s', ([, found, judged]) => {
    expect(reconcile({ ...NOTHING, ...found })).toEqual(judged);
  });
});

describe('the runner’s records are not trusted blindly', () => {
  test.for([0, 1, -1, 1.5])('an identity with pid %d is refused: nothing is ever sent there', (pid) => {
    expect(identityRecordSchema.safeParse(identityRecord({ main_pid: pid })).success).toBe(false);
    expect(identityRecordSchema.safeParse(identityRecord({ runner_pid: pid })).success).toBe(false);
  });

  test('a record of another protocol is not read as ours', () => {
    expect(identityRecordSchema.safeParse({ ...identityRecord(), protocol: 2 }).success).toBe(false);
    expect(exitRecordSchema.safeParse({ ...exitRecord(), protocol: 2 }).success).toBe(false);
  });

  test('fields of a newer runner do not hide those of today', () => {
    expect(exitRecordSchema.safeParse({ ...exitRecord(), energy_joule: 3 }).success).toBe(true);
    expect(journalEntrySchema.parse({ at: 1, event: 'from-the-future', mood: 'good' })).toMatchObject({
      event: 'from-the-future',
    });
  });
});
