import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { descendantsOf, HAS_PROC, statOf } from '../../../src/main/core/processes/processTable.ts';
import { RecentProcesses } from '../../../src/main/core/processes/recentProcesses.ts';
import { childrenOf, readStat, signalIdentity, until, untilGone } from '../../helpers/process.ts';
import { required } from '../../../src/shared/result.ts';

test.skipIf(!HAS_PROC)(
  'who comes, goes and loses a parent between two readings is seen as a whole reading would see it',
  async () => {
    const recent = new RecentProcesses();
    const known = (pid: number) => recent.get(-1).find((one) => one.pid === pid);
    recent.get(-1);
    // A shell of its own whose child goes on when it has gone.
    const shell = spawn('/bin/sh', ['-c', 'sleep 1000 & read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const root = required(shell.pid, 'it was started');
    const sleeper = await until('the child', () => childrenOf(root)[0]);
    try {
      expect(known(sleeper.pid)).toMatchObject({ start: sleeper.start, parent: root });
      expect(descendantsOf(root, recent.get(1_000_000)).map(({ pid }) => pid)).toEqual([sleeper.pid]);
      const ended = once(shell, 'exit');
      shell.stdin.end('\n');
      await ended;
      const now = required(statOf(sleeper.pid), 'it goes on');
      expect(now.parent).not.toBe(root);
      expect(known(root)).toBeUndefined();
      expect(known(sleeper.pid)).toMatchObject({ start: now.start, parent: now.parent });
    } finally {
      signalIdentity(sleeper, 'SIGKILL');
      const stat = readStat(root);
      if (stat !== null) signalIdentity(stat, 'SIGKILL');
    }
    await untilGone([sleeper]);
  },
);

test.skipIf(!HAS_PROC)('a reading is used again as long as it is young enough', () => {
  const recent = new RecentProcesses();
  const before = recent.get(0).map(({ pid }) => pid);
  expect(recent.get(1_000_000).map(({ pid }) => pid)).toEqual(before);
});
