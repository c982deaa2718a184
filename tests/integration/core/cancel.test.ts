import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program, taggedWith, TestYard } from '../../helpers/core.ts';
import { isGone, signalIdentity, until } from '../../helpers/process.ts';

const QUICK = [process.execPath, '-e', ''];

/** Waits until so many of the tests' processes have announced themselves. */
function announced(yard: TestYard, count: number): Promise<unknown> {
  return until(`${count} processes`, () => yard.processes.length >= count, yard.announced);
}

describe('cancelling a queued job', () => {
  test('takes it out of the queue, says cancelled, and it never starts', async () => {
    await using yard = new TestYard();
    const first = await yard.submit(program('tree.mjs'));
    const second = await yard.submit(program('tree.mjs', '--name', 'never'));
    await announced(yard, 1);
    const answer = await yard.get('jobs.cancel', { jobId: second.id });
    expect(answer).toMatchObject({
      result: 'cancelled',
      previousStatus: 'queued',
      message: 'Job cancelled successfully',
    });
    await yard.get('jobs.cancel', { jobId: first.id });
    await yard.until(first.id, 'cancelled');
    // A third job runs through: the queue went on past the cancelled one.
    const third = await yard.submit(QUICK);
    await yard.until(third.id, 'completed');
    expect(yard.statusesOf(second.id)).toEqual(['queued', 'cancelled']);
    expect(yard.processes, 'only the first job had a process').toHaveLength(1);
    expect((await yard.job(second.id)).receipt?.verdict).toBe('cancelled before it started: no process was made');
  });

  test('wins against the scheduler when it is asked in the same turn as the submit', async () => {
    await using yard = new TestYard();
    const submitted = yard.submit(program('tree.mjs'));
    // The handler has run, the scheduler has not: it looks in a later turn.
    const cancelled = yard.ask('jobs.cancel', { jobId: 1 });
    await submitted;
    expect(await cancelled).toMatchObject({ ok: true, data: { previousStatus: 'queued', result: 'cancelled' } });
    const next = await yard.submit(QUICK);
    await yard.until(next.id, 'completed');
    expect(yard.statusesOf(1)).toEqual(['queued', 'cancelled']);
    expect(yard.processes).toEqual([]);
  });

  test('all at once is one call, and none of them starts in between', async () => {
    await using yard = new TestYard();
    const running = await yard.submit(program('tree.mjs'));
    const waiting = [await yard.submit(QUICK), await yard.submit(QUICK), await yard.submit(QUICK)];
    await yard.until(running.id, 'running');
    const { answers } = await yard.get('jobs.cancelMany', { jobs: 'queued' });
    expect(answers.map(({ jobId }) => jobId).sort()).toEqual(waiting.map(({ id }) => id).sort());
    expect((await yard.job(running.id)).status).toBe('running');
    expect((await yard.job(running.id)).stop).toBeNull();
    for (const { id } of waiting) expect(yard.statusesOf(id)).toEqual(['queued', 'cancelled']);
  });
});

describe('cancelling a pending job', () => {
  test('stops what was just spawned, in the turn after it was claimed', async () => {
    await using yard = new TestYard();
    await yard.submit(program('tree.mjs', '--levels', '3'));
    // The claim and the spawn have happened; the runner has not said anything yet.
    expect((await yard.job(1)).status).toBe('pending');
    const answer = await yard.get('jobs.cancel', { jobId: 1 });
    expect(answer).toMatchObject({ result: 'stopping', previousStatus: 'pending' });
    await yard.expectCancelledAndGone(1);
    expect(taggedWith('1-1')).toEqual([]);
  });

  test('of a program that does not exist ends cancelled or failed, and never hangs', async () => {
    await using yard = new TestYard();
    await yard.submit(['/no/such/program']);
    await yard.get('jobs.cancel', { jobId: 1 });
    const job = await yard.get('jobs.await', { jobId: 1, waitMs: 20_000 });
    expect(job.status).toBe('cancelled');
  });
});

describe('cancelling a running job', () => {
  test('ends the whole tree, says cancelled, and the next job starts by itself', async () => {
    await using yard = new TestYard();
    const first = await yard.submit(program('tree.mjs', '--levels', '3'));
    const next = await yard.submit(program('tree.mjs', '--name', 'next'));
    await announced(yard, 3);
    const members = yard.processes;
    await yard.get('jobs.cancel', { jobId: first.id });
    await yard.until(first.id, 'cancelled');
    expect(members.filter((identity) => !isGone(identity))).toEqual([]);
    await yard.until(next.id, 'running');
    await announced(yard, 4);
    const detail = await yard.job(first.id);
    expect(detail.receipt).toMatchObject({ survivors: 0, membersGone: 3, stopSignal: 'SIGTERM' });
    expect(detail.receipt?.proofs).toContain('Kernel: no child left (ECHILD), told by the native runner');
    expect(yard.statusesOf(first.id)).toEqual(['queued', 'pending', 'running', 'cancelled']);
  });

  test('keeps a checkpoint that is written on SIGTERM', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--save'));
    await announced(yard, 1);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    expect(existsSync(join(yard.announced, 'saved'))).toBe(true);
    expect((await yard.job(job.id)).outcome).toEqual({ kind: 'exited', code: 0, cause: null });
  });

  test('kills a tree that ignores SIGTERM at the deadline, three levels of it', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--levels', '3', '--ignore'), { graceSeconds: 0.5 });
    await announced(yard, 3);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
    const { receipt, outcome } = await yard.job(job.id);
    expect(outcome).toEqual({ kind: 'signalled', signal: 'SIGKILL', coreDumped: false, cause: null });
    expect(receipt?.steps.map(({ rung }) => rung)).toContain('kill');
    expect((receipt?.finishedAt ?? 0) - (receipt?.requestedAt ?? 0)).toBeGreaterThanOrEqual(499);
  });

  test('reaches children in sessions of their own, as torchrun makes them', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--levels', '3', '--own-session'));
    await announced(yard, 3);
    await yard.get('jobs.cancel', { jobId: job.id });
    await yard.expectCancelledAndGone(job.id);
  });

  test('a second cancel is the same cancel; with force it kills now', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--ignore'), { graceSeconds: 600 });
    await announced(yard, 1);
    const first = await yard.get('jobs.cancel', { jobId: job.id });
    const second = await yard.get('jobs.cancel', { jobId: job.id });
    expect(second.job.stop).toEqual(
      expect.objectContaining({ requestedAt: first.job.stop?.requestedAt, deadlineAt: first.job.stop?.deadlineAt }),
    );
    await yard.get('jobs.cancel', { jobId: job.id, force: true });
    await yard.expectCancelledAndGone(job.id);
    expect(yard.changes.filter(({ kind }) => kind === 'job.stop-asked')).toHaveLength(1);
  });

  test('a hundred cancels at once are one stop with one result', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--levels', '2'));
    await announced(yard, 2);
    const answers = await Promise.all(Array.from({ length: 100 }, () => yard.get('jobs.cancel', { jobId: job.id })));
    expect(new Set(answers.map(({ result }) => result))).toEqual(new Set(['stopping']));
    await yard.expectCancelledAndGone(job.id);
    expect(yard.changes.filter(({ kind }) => kind === 'job.stop-asked')).toHaveLength(1);
    const late = await yard.get('jobs.cancel', { jobId: job.id });
    expect(late).toMatchObject({ result: 'already-cancelled', previousStatus: 'cancelled' });
  });

  test('more time moves the deadline by the grace period, until the killing has begun', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs', '--ignore'), { graceSeconds: 100 });
    await announced(yard, 1);
    expect(await yard.ask('jobs.extend', { jobId: job.id })).toMatchObject({ ok: false, error: { code: 'REFUSED' } });
    const { job: stopping } = await yard.get('jobs.cancel', { jobId: job.id });
    const extended = await yard.get('jobs.extend', { jobId: job.id });
    expect((extended.stop?.deadlineAt ?? 0) - (stopping.stop?.deadlineAt ?? 0)).toBe(100_000);
    await yard.get('jobs.cancel', { jobId: job.id, force: true });
    await yard.expectCancelledAndGone(job.id);
  });

  test('that is dead already when the cancel comes ends cancelled, with its true exit code', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await announced(yard, 1);
    const main = yard.processes[0];
    expect(main).toBeDefined();
    if (main !== undefined) signalIdentity(main, 'SIGKILL');
    // The kernel has ended it; the queue has not heard of it, since the report comes in a later turn.
    await until('main dead', () => main !== undefined && isGone(main));
    const answer = await yard.get('jobs.cancel', { jobId: job.id });
    const ended = await yard.get('jobs.await', { jobId: job.id, waitMs: 20_000 });
    expect(ended.outcome).toEqual({ kind: 'signalled', signal: 'SIGKILL', coreDumped: false, cause: null });
    expect(ended.status).toBe(answer.result === 'already-finished' ? 'failed' : 'cancelled');
  });
});

describe('cancelling what is over or unknown', () => {
  test('a completed job answers "already finished" and nothing changes', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(QUICK);
    await yard.until(job.id, 'completed');
    // The commit of its folder is looked up beside the run and may be known only now.
    const { git: _, ...before } = await yard.job(job.id);
    const events = yard.changes.length;
    const answer = await yard.get('jobs.cancel', { jobId: job.id });
    expect(answer).toMatchObject({
      result: 'already-finished',
      message: 'Job already finished',
      previousStatus: 'completed',
    });
    expect(await yard.job(job.id)).toMatchObject(before);
    expect(yard.changes).toHaveLength(events);
  });

  test('an unknown number is a clear error', async () => {
    await using yard = new TestYard();
    expect(await yard.ask('jobs.cancel', { jobId: 4711 })).toEqual({
      ok: false,
      error: { code: 'NOT_FOUND', field: 'jobId', message: 'There is no job #4711.' },
    });
  });

  test('a list with an unknown number cancels nothing', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(program('tree.mjs'));
    await yard.until(job.id, 'running');
    expect(await yard.ask('jobs.cancelMany', { jobs: [job.id, 99] })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    expect((await yard.job(job.id)).stop).toBeNull();
  });
});

describe('the queue after a cancel', () => {
  test('goes on with what is submitted later', async () => {
    await using yard = new TestYard();
    const first = await yard.submit(program('tree.mjs'));
    await yard.until(first.id, 'running');
    await yard.get('jobs.cancel', { jobId: first.id });
    await yard.until(first.id, 'cancelled');
    const second = await yard.submit(QUICK);
    expect(await yard.until(second.id, 'completed')).toMatchObject({ outcome: { kind: 'exited', code: 0 } });
  });

  test('holds its place for undo: a requeued job makes a new run at the old place and keeps the old record', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const first = await yard.submit(QUICK);
    const second = await yard.submit(QUICK);
    await yard.get('jobs.cancel', { jobId: first.id });
    const undone = await yard.get('jobs.requeue', { jobId: first.id });
    expect(undone.position).toBeLessThan(second.position);
    await yard.get('queue.setMode', { mode: 'run' });
    await yard.until(second.id, 'completed');
    expect(await yard.job(first.id)).toMatchObject({ status: 'completed', attempt: 2 });
    const order = yard.changes.filter(({ kind }) => kind === 'job.claimed').map(({ jobId }) => jobId);
    expect(order).toEqual([first.id, second.id]);
  });

  test('cancel everything stops the runs, empties the queue and pauses it', async () => {
    await using yard = new TestYard();
    const running = await yard.submit(program('tree.mjs', '--levels', '2'));
    const waiting = await yard.submit(QUICK);
    await announced(yard, 2);
    await yard.get('jobs.cancelMany', { jobs: 'all' });
    await yard.expectCancelledAndGone(running.id);
    expect(yard.statusesOf(waiting.id)).toEqual(['queued', 'cancelled']);
    expect((await yard.get('snapshot.get', {})).queue.mode).toBe('pause');
  });
});
