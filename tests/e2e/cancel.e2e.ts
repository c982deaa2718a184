import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { isGone, until } from '../helpers/process.ts';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';

const QUICK = `${process.execPath} -e 0`;

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

test('a queued job is cancelled with its button: it leaves the queue and never starts', async ({ app }) => {
  await app.submit(app.program('tree.mjs'), { name: 'first' });
  await app.submit(app.program('tree.mjs', '--name', 'never'), { name: 'second' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await expect(app.queue.status(2)).toHaveText('Queued');
  await expect(app.queue.sentence(2)).toContainText('waits for the CPU slot');
  await announced(app, 1);
  await app.queue.cancel(2);
  await expect(app.queue.status(2)).toHaveText('Cancelled');
  await app.shoot('cancelled-queued');
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  expect(app.processes).toHaveLength(1);
  expect(await app.job(2)).toMatchObject({ status: 'cancelled', started_at: null, attempt: 1 });
});

test('a running job is cancelled with its button: its tree is gone and the next job starts by itself', async ({
  app,
}) => {
  await app.submit(app.program('tree.mjs', '--levels', '3', '--save'), { name: 'tree' });
  await app.submit(app.program('tree.mjs', '--name', 'next'), { name: 'next' });
  await announced(app, 3);
  const members = app.processes;
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  expect(members.filter((identity) => !isGone(identity))).toEqual([]);
  expect(existsSync(join(app.announced, 'saved')), 'the checkpoint was written').toBe(true);
  await expect(app.queue.status(2)).toHaveText('Running');
  await expect(app.queue.sentence(1)).toContainText('3 processes gone');
  const panel = await app.queue.select(1);
  await expect(await panel.open('Receipt')).toContainText('Kernel: no child left (ECHILD)');
  await app.shoot('receipt');
});

test('a trainer that does not listen counts down, and a second click kills it now', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--levels', '2', '--ignore'), { name: 'stubborn', grace: '300' });
  await announced(app, 2);
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelling');
  await expect(app.queue.sentence(1)).toContainText(/\d+ s left/);
  await app.shoot('cancelling');
  await app.queue.waitLongerButton(1).click();
  await expect(app.queue.sentence(1)).toContainText(/\b(59\d|600|9 m|10 m)/);
  await app.queue.force(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  expect(app.processes.filter((identity) => !isGone(identity))).toEqual([]);
});

test('the deadline kills a trainer that ignores the signal', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--levels', '3', '--ignore'), { grace: '1' });
  await announced(app, 3);
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  expect(app.processes.filter((identity) => !isGone(identity))).toEqual([]);
  expect(await app.job(1)).toMatchObject({ status: 'cancelled', signal: 'SIGKILL' });
});

test('a completed job has nothing left to cancel, and the Delete key says so and changes nothing', async ({ app }) => {
  await app.submit(QUICK, { name: 'quick' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(app.queue.cancelButton(1)).toHaveCount(0);
  const before = await app.job(1);
  await app.queue.cancelByKey(1);
  const answer = await app.page.evaluate(() =>
    (
      globalThis as unknown as { trainyard: { request(route: string, input: unknown): Promise<unknown> } }
    ).trainyard.request('jobs.cancel', { jobId: 1, force: false }),
  );
  expect(answer).toMatchObject({ ok: true, data: { result: 'already-finished', message: 'Job already finished' } });
  expect(await app.job(1)).toEqual(before);
});

test('many cancels at once are one stop with one result', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--levels', '2'));
  await announced(app, 2);
  const results = await app.page.evaluate(() => {
    const { trainyard } = globalThis as unknown as {
      trainyard: { request(route: string, input: unknown): Promise<{ data: { result: string } }> };
    };
    return Promise.all(
      Array.from({ length: 20 }, () => trainyard.request('jobs.cancel', { jobId: 1 }).then(({ data }) => data.result)),
    );
  });
  expect(new Set(results)).toEqual(new Set(['stopping']));
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  const { history } = (await app.job(1)) as { history: { kind: string }[] };
  expect(history.filter(({ kind }) => kind === 'job.stop-asked')).toHaveLength(1);
});

test('after a cancel, what is submitted runs', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await app.submit(QUICK, { name: 'after' });
  await expect(app.queue.status(2)).toHaveText('Completed');
});

test('undo queues a cancelled job again at its old place', async ({ app }) => {
  await app.queue.setMode('Pause');
  await app.submit(QUICK, { name: 'one' });
  await app.submit(QUICK, { name: 'two' });
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await app.queue.undo();
  await expect(app.queue.status(1)).toHaveText('Queued');
  expect((await app.queue.shownJobs()).slice(0, 2)).toEqual([1, 2]);
  await app.queue.setMode('Run');
  await expect(app.queue.status(2)).toHaveText('Completed');
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('all queued jobs are cancelled in one go; the run goes on', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  for (const name of ['a', 'b', 'c']) await app.submit(QUICK, { name });
  await announced(app, 1);
  await app.queue.cancelMany('queued');
  for (const id of [2, 3, 4]) await expect(app.queue.status(id)).toHaveText('Cancelled');
  await expect(app.queue.status(1)).toHaveText('Running');
});
