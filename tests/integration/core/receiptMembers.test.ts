import { expect, test } from 'vitest';
import { required } from '../../../src/shared/result.ts';
import { program, TestYard } from '../../helpers/core.ts';
import { until } from '../../helpers/process.ts';

test.for(['native', 'portable'] as const)(
  '%s: the receipt names the processes, what was sent to each and when it had gone',
  async (runner) => {
    await using yard = new TestYard(runner);
    const job = await yard.submit(
      [...program('tree.mjs', '--levels', '3', '--own-session', '--ignore'), '--hf-token', 'hush'],
      {
        // They live until SIGKILL, so that the app sees them at its first look after the stop.
        graceSeconds: 3,
      },
    );
    await until('three processes', () => yard.processes.length === 3, yard.announced);
    await yard.until(job.id, 'running');
    const { mainPid } = await yard.job(job.id);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    const receipt = required((await yard.job(job.id)).receipt, 'it was stopped');
    const { members, membersGone, membersNotListed } = receipt;
    expect(members.map(({ pid }) => pid).sort()).toEqual(yard.processes.map(({ pid }) => pid).sort());
    expect(members[0]).toMatchObject({ pid: mainPid, kind: 'main', signals: ['SIGTERM', 'SIGKILL'], ended: 'SIGKILL' });
    expect(members.slice(1).map(({ kind }) => kind)).toEqual(['own-session', 'own-session']);
    for (const { command, goneBy } of members) {
      expect(command).toContain('tree.mjs --levels');
      expect(command).not.toContain('hush');
      expect(goneBy).toBeGreaterThanOrEqual(receipt.requestedAt);
      expect(goneBy).toBeLessThanOrEqual(receipt.finishedAt);
    }
    expect(membersNotListed).toBe(Math.max(0, membersGone - 3));
  },
);

test('a run that was stopped while the app was away has what its journal names', async () => {
  await using yard = new TestYard();
  const job = await yard.submit(program('tree.mjs', '--ignore'), { graceSeconds: 0 });
  await until('it runs', () => yard.processes.length === 1, yard.announced);
  await yard.until(job.id, 'running');
  await yard.get('jobs.cancel', { jobId: job.id });
  await yard.close();
  yard.open();
  await yard.until(job.id, 'cancelled');
  const { receipt } = await yard.job(job.id);
  expect(receipt?.members[0]).toMatchObject({ pid: yard.processes[0]?.pid, kind: 'main', ended: 'SIGKILL' });
});
