import { describe, expect, test } from 'vitest';
import { program, TestYard } from '../../helpers/core.ts';

const QUICK = [process.execPath, '-e', ''];

/** The order in which jobs were claimed. */
function order(yard: TestYard): (number | null)[] {
  return yard.changes.filter(({ kind }) => kind === 'job.claimed').map(({ jobId }) => jobId);
}

describe('the place in the queue', () => {
  test('priority, “first” and “before” decide the order, and it is kept over a restart', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    for (let i = 0; i < 4; i += 1) await yard.submit(QUICK);
    await yard.submit(QUICK, { first: true });
    await yard.get('jobs.place', { jobId: 4, to: { before: 2 } });
    await yard.get('jobs.place', { jobId: 3, priority: 5 });
    await yard.close();
    yard.open();
    await yard.get('queue.setMode', { mode: 'run' });
    for (const id of [1, 2, 3, 4, 5]) await yard.until(id, 'completed');
    expect(order(yard)).toEqual([3, 5, 1, 4, 2]);
  });

  test('a hundred jobs put before the same one keep the order they were put in', async () => {
    await using yard = new TestYard();
    await yard.get('queue.setMode', { mode: 'pause' });
    const count = 100;
    for (let i = 0; i < count + 2; i += 1) await yard.submit(QUICK);
    for (let id = count + 2; id > 2; id -= 1) await yard.get('jobs.place', { jobId: id, to: { before: 2 } });
    const { jobs } = await yard.get('snapshot.get', {});
    const expected = [1, ...Array.from({ length: count }, (_, place) => count + 2 - place), 2];
    expect(jobs.map(({ id }) => id)).toEqual(expected);
    await yard.get('jobs.cancelMany', { jobs: 'queued' });
  });

  test('a held job waits and says so until it is released; others go past it', async () => {
    await using yard = new TestYard();
    const held = await yard.submit(QUICK, { held: true });
    const other = await yard.submit(QUICK);
    await yard.until(other.id, 'completed');
    expect(await yard.job(held.id)).toMatchObject({
      status: 'queued',
      held: true,
      sentence: 'held: it starts when it is released',
    });
    await yard.get('jobs.place', { jobId: held.id, held: false });
    await yard.until(held.id, 'completed');
  });

  test('a job after another waits for its success, and says what became of it', async () => {
    await using yard = new TestYard();
    const first = await yard.submit(program('tree.mjs'));
    const second = await yard.submit(QUICK, { after: [first.id] });
    await yard.get('settings.set', { cpuSlots: 4 });
    await yard.until(first.id, 'running');
    await yard.until(second.id, (job) => job.sentence === `after #${first.id}, which is running`);
    await yard.get('jobs.cancel', { jobId: first.id });
    await yard.until(first.id, 'cancelled');
    await yard.until(second.id, (job) => job.sentence.includes('was cancelled'));
    expect((await yard.job(second.id)).status).toBe('queued');
    const good = await yard.submit(QUICK);
    const third = await yard.submit(QUICK, { after: [good.id] });
    await yard.until(third.id, 'completed');
    expect(await yard.ask('jobs.submit', { command: QUICK, cwd: yard.home, after: [999] })).toMatchObject({
      ok: false,
      error: { field: 'after' },
    });
  });

  test('only a queued job has a place to change', async () => {
    await using yard = new TestYard();
    const job = await yard.submit(QUICK);
    await yard.until(job.id, 'completed');
    expect(await yard.ask('jobs.place', { jobId: job.id, held: true })).toMatchObject({
      ok: false,
      error: { code: 'REFUSED' },
    });
    expect(await yard.ask('jobs.place', { jobId: 99, held: true })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
  });
});
