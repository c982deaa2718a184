import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { RouteInput } from '../../../src/shared/contract.ts';
import { ROOT, TestYard } from '../../helpers/core.ts';

const MANY = 1_000;

/** So many jobs that they cannot leave in one slice. */
async function submitMany(
  yard: TestYard,
  count: number,
  more: Partial<RouteInput<'jobs.submit'>> = {},
): Promise<number[]> {
  const { jobs } = await yard.get('jobs.submitMany', {
    jobs: Array.from({ length: count }, () => ({ command: ['true'], cwd: yard.home, ...more })),
  });
  return jobs.map(({ id }) => id);
}

/** Numbers of events have no gaps, and each job was told to have ended once. */
function expectEndedOnce(yard: TestYard, ids: readonly number[]): void {
  const ended = yard.changes.filter(({ kind }) => kind === 'job.ended').map(({ jobId }) => jobId);
  expect(ended.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([...ids]);
  expect(yard.changes.map(({ seq }) => seq)).toEqual(
    yard.changes.map((_, place) => (yard.changes[0]?.seq ?? 1) + place),
  );
}

describe('many queued jobs leave', () => {
  test('each with its own record and receipt, as one that leaves alone', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const [alone = 0, ...many] = await submitMany(yard, MANY + 1);
    await yard.get('jobs.cancel', { jobId: alone });
    const { answers } = await yard.get('jobs.cancelMany', { jobs: 'queued' });
    expect(answers.map(({ jobId, result }) => [jobId, result])).toEqual(many.map((id) => [id, 'cancelled']));
    expectEndedOnce(yard, [alone, ...many]);
    const shape = async (id: number): Promise<unknown> => {
      const { receipt, history, ...view } = await yard.job(id);
      return {
        receipt: { ...receipt, requestedAt: 0, finishedAt: 0, steps: receipt?.steps.map(({ words }) => words) },
        history: history.map(({ words }) => words),
        status: view.status,
        sentence: view.sentence,
        attempt: view.attempt,
        outcome: view.outcome,
      };
    };
    expect(await shape(many.at(-1) ?? 0)).toEqual(await shape(alone));
    expect((await yard.get('queue.get', {})).queue.counts).toMatchObject({ queued: 0, cancelled: MANY + 1 });
  });

  test('none of them starts in between, and those that stay do', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const [stays = 0, ...leave] = ids;
    const cancelled = yard.get('jobs.cancelMany', { jobs: leave });
    await yard.get('queue.setMode', { mode: 'run' });
    await cancelled;
    await yard.until(stays, 'completed');
    expect(yard.changes.filter(({ kind }) => kind === 'job.claimed').map(({ jobId }) => jobId)).toEqual([stays]);
  });

  test('until its record is written a job says that it leaves; whoever asks for its cancel again is told the truth', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const last = ids.at(-1) ?? 0;
    const first = yard.get('jobs.cancelMany', { jobs: 'queued' });
    expect(await yard.job(last)).toMatchObject({ status: 'queued', sentence: 'cancelled: it leaves the queue' });
    expect((await yard.get('jobs.cancel', { jobId: last })).result).toBe('cancelled');
    const { answers } = await first;
    expect(answers.find(({ jobId }) => jobId === last)?.result ?? 'already-cancelled').toBe('already-cancelled');
    expectEndedOnce(yard, ids);
  });

  test('one that is cancelled and put back meanwhile stays', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const last = ids.at(-1) ?? 0;
    const all = yard.get('jobs.cancelMany', { jobs: 'queued' });
    await yard.get('jobs.cancel', { jobId: last });
    // Times are milliseconds: what happens in the same one cannot be told apart.
    const now = Date.now();
    while (Date.now() <= now);
    await yard.get('jobs.requeue', { jobId: last });
    await all;
    expect((await yard.job(last)).status).toBe('queued');
    expect((await yard.get('queue.get', {})).queue.counts).toMatchObject({ queued: 1, cancelled: MANY - 1 });
  });

  test('the decision survives the end of the core: the next one carries it out and starts none of them', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const cancelled = yard.get('jobs.cancelMany', { jobs: 'queued' });
    await yard.get('queue.setMode', { mode: 'run' });
    await yard.close();
    expect(new Set((await cancelled).answers.map(({ result }) => result)).has('stopping')).toBe(true);
    yard.open();
    await yard.until(ids.at(-1) ?? 0, 'cancelled');
    expect((await yard.get('queue.get', {})).queue.counts).toMatchObject({ queued: 0, cancelled: MANY, completed: 0 });
    expect(yard.changes.some(({ kind }) => kind === 'job.claimed')).toBe(false);
    expectEndedOnce(yard, ids);
  });

  test('one that was put back before the core ended starts with the next one', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const last = ids.at(-1) ?? 0;
    const all = yard.get('jobs.cancelMany', { jobs: 'queued' });
    await yard.get('jobs.cancel', { jobId: last });
    const now = Date.now();
    while (Date.now() <= now);
    await yard.get('jobs.requeue', { jobId: last });
    await yard.close();
    await all;
    yard.open();
    await yard.get('queue.setMode', { mode: 'run' });
    await yard.until(last, 'completed');
    expect((await yard.get('queue.get', {})).queue.counts).toMatchObject({ completed: 1, cancelled: MANY - 1 });
  });

  test('what cannot be written is answered as in progress, and done when it can', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const ids = await submitMany(yard, MANY);
    const cancelled = yard.get('jobs.cancelMany', { jobs: 'queued' });
    const other = new BetterSqlite3(join(yard.core.dataFolder, 'queue.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const { answers } = await cancelled;
    expect(answers).toHaveLength(MANY);
    expect(answers.at(-1)).toMatchObject({ result: 'stopping', previousStatus: 'queued' });
    other.exec('ROLLBACK');
    other.close();
    await yard.until(ids.at(-1) ?? 0, 'cancelled');
    expectEndedOnce(yard, ids);
    yard.forgiveBugs(/SQLITE_BUSY|database is locked/);
  });

  test('with a finished, a running and an unknown one among them, each gets its own answer', async () => {
    await using yard = new TestYard();
    const [done = 0] = await submitMany(yard, 1);
    await yard.until(done, 'completed');
    const [runs = 0] = await submitMany(yard, 1, { command: ['sleep', '600'] });
    await yard.until(runs, 'running');
    await yard.get('queue.setMode', { mode: 'pause' });
    const many = await submitMany(yard, MANY);
    expect(await yard.ask('jobs.cancelMany', { jobs: [...many, 99_999] })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    expect((await yard.get('queue.get', {})).queue.counts).toMatchObject({ queued: MANY });
    const { answers } = await yard.get('jobs.cancelMany', { jobs: [done, ...many, runs] });
    expect(answers[0]).toMatchObject({ jobId: done, result: 'already-finished', previousStatus: 'completed' });
    expect(answers.at(-1)).toMatchObject({ jobId: runs, result: 'stopping', previousStatus: 'running' });
    expect(answers).toHaveLength(MANY + 2);
    await yard.expectCancelledAndGone(runs);
  });
});

describe('a batch', () => {
  test('goes to the end of the queue in its order, in one go', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const [first = 0] = await submitMany(yard, 1);
    const ids = await submitMany(yard, MANY, { gpus: 1, priority: 0 });
    const positions = await Promise.all(ids.slice(-3).map(async (id) => (await yard.job(id)).position));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(ids).toEqual(ids.map((_, place) => first + 1 + place));
  });

  test('with a mistake in it adds nothing and names the place', async () => {
    await using yard = new TestYard();
    const good = { command: ['true'], cwd: yard.home };
    const asked = (jobs: RouteInput<'jobs.submitMany'>['jobs']) => yard.ask('jobs.submitMany', { jobs });
    expect(await asked([good, { ...good, cwd: join(ROOT, 'nowhere') }])).toMatchObject({
      ok: false,
      error: {
        code: 'INVALID_INPUT',
        field: 'jobs[1].cwd',
        message: expect.stringMatching(/^jobs\[1\]\.cwd: there is no folder/) as string,
      },
    });
    expect(await asked([good, good, { ...good, first: true }])).toMatchObject({
      ok: false,
      error: { field: 'jobs[2].first' },
    });
    expect(await asked([good, { ...good, gpus: -1 }])).toMatchObject({ ok: false, error: { field: 'jobs[1].gpus' } });
    expect((await yard.get('jobs.list', {})).jobs).toEqual([]);
  });
});
