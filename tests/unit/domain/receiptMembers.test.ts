import { describe, expect, test } from 'vitest';
import { receiptMembers } from '../../../src/main/core/domain/receiptMembers.ts';
import type { MemberRecord, MemberSources } from '../../../src/main/core/domain/receiptMembers.ts';

function member(pid: number, over: Partial<MemberRecord> = {}): MemberRecord {
  return { pid, command: `worker ${pid}`, session: 10, firstSeenAt: 1_000, goneBy: null, ...over };
}
function list(over: Partial<MemberSources> = {}) {
  return receiptMembers({ members: [], mainPid: 10, journal: [], requestedAt: 2_000, finishedAt: 4_000, ...over });
}

describe('the processes of a receipt', () => {
  test('main first, then as they went; each with what was sent to it and how it ended as far as it is known', () => {
    const members = list({
      members: [
        member(12, { goneBy: 2_900 }),
        member(10, { command: 'python train.py', goneBy: 2_600 }),
        member(13, { session: 13 }),
        member(11, { goneBy: 2_700 }),
      ],
      journal: [
        { at: 2_001, event: 'signal', signal: 'SIGTERM', sent: 1, to: 'main', pids: [10] },
        { at: 2_500, event: 'main-exit', code: 0 },
        { at: 2_501, event: 'signal', signal: 'SIGTERM', sent: 2, to: 'orphans', pids: [12, 13] },
        { at: 3_000, event: 'signal', signal: 'SIGKILL', sent: 1, to: 'all', pids: [13] },
        { at: 3_001, event: 'signal', signal: 'SIGKILL', sent: 1, to: 'all', pids: [13] },
        { at: 3_200, event: 'empty', reaped: 4 },
      ],
    });
    expect(members).toEqual([
      { pid: 10, command: 'python train.py', kind: 'main', signals: ['SIGTERM'], ended: 'exit 0', goneBy: 2_600 },
      { pid: 11, command: 'worker 11', kind: 'child', signals: [], ended: 'without a signal', goneBy: 2_700 },
      { pid: 12, command: 'worker 12', kind: 'child', signals: ['SIGTERM'], ended: 'after SIGTERM', goneBy: 2_900 },
      {
        pid: 13,
        command: 'worker 13',
        kind: 'own-session',
        signals: ['SIGTERM', 'SIGKILL'],
        ended: 'after SIGKILL',
        goneBy: 3_200,
      },
    ]);
  });

  test('one that was gone before the stop has no place in it', () => {
    expect(list({ members: [member(11, { goneBy: 1_999 }), member(12, { goneBy: 2_000 })] })).toHaveLength(1);
  });

  test('one that the journal names and the app never saw is there without a name', () => {
    const journal = [{ at: 2_100, event: 'signal', signal: 'SIGKILL', sent: 1, to: 'all', pids: [77] }];
    expect(list({ journal })).toEqual([
      { pid: 77, command: null, kind: null, signals: ['SIGKILL'], ended: 'after SIGKILL', goneBy: 4_000 },
    ]);
  });

  test('where the journal names only some of those it went to, nothing is claimed of the others', () => {
    const members = [member(11), member(12), member(13, { goneBy: 2_050 }), member(14, { firstSeenAt: 3_000 })];
    const journal = [{ at: 2_100, event: 'signal', signal: 'SIGTERM', sent: 2, to: 'rest', pids: [11] }];
    expect(list({ members, journal }).map(({ pid, signals, ended }) => [pid, signals, ended])).toEqual([
      [13, [], 'without a signal'],
      [11, ['SIGTERM'], 'after SIGTERM'],
      [12, null, 'not known'],
      [14, [], 'without a signal'],
    ]);
  });

  test('a number that was given away again is told apart by its time', () => {
    const members = [member(11, { goneBy: 2_200 }), member(11, { firstSeenAt: 2_400, command: 'the second' })];
    const journal = [{ at: 2_500, event: 'signal', signal: 'SIGTERM', sent: 1, to: 'rest', pids: [11] }];
    expect(list({ members, journal }).map(({ signals }) => signals)).toEqual([[], ['SIGTERM']]);
  });

  test('some hundred rows at most, main among them', () => {
    const members = Array.from({ length: 1_000 }, (_, place) => member(100 + place));
    const listed = list({ members: [...members, member(10)] });
    expect(listed).toHaveLength(200);
    expect(listed[0]?.pid).toBe(10);
  });
});
