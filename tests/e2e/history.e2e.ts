import { expect } from '@playwright/test';
import { fillHistory } from '../helpers/longHistory.ts';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';

const QUICK = `${process.execPath} -e 0`;

/** Starts the app on a folder in which so many jobs have ended. */
async function withHistory(app: RunningApp, count: number): Promise<void> {
  fillHistory(app.data, count);
  await app.launch();
  await expect(app.queue.row(count)).toBeVisible();
}

/** The first numbers from the top. */
function top(app: RunningApp, count: number) {
  return expect.poll(async () => (await app.queue.shownJobs()).slice(0, count));
}

test('a long history has a row for every job: its end is one key away, and what is scrolled to is there', async ({
  cold: app,
}) => {
  await withHistory(app, 3_000);
  await expect(app.queue.table).toHaveAttribute('aria-rowcount', '3001');
  await app.queue.press(3_000, 'End');
  await expect(app.queue.row(1)).toBeFocused();
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(app.queue.status(2)).toHaveText('Completed');
  await app.page.keyboard.press('ArrowUp');
  await expect(app.queue.row(2)).toBeFocused();
  await app.queue.table.evaluate((table) => table.scrollTo(0, table.scrollHeight / 2));
  await expect(app.queue.status(1_500)).toBeVisible();
  await app.page.keyboard.press('Home');
  await expect(app.queue.row(3_000)).toBeFocused();
});

test('a search finds jobs that were never loaded, and is cleared again', async ({ cold: app }) => {
  await withHistory(app, 3_000);
  await app.queue.searchBox.fill('run_17.yaml');
  await top(app, 2).toEqual([17]);
  await expect(app.queue.status(17)).toHaveText('Completed');
  await app.queue.searchBox.fill('no such job');
  await expect(app.queue.table).toContainText('No job matches “no such job”.');
  await app.queue.table.getByRole('button', { name: 'Clear search' }).click();
  await top(app, 1).toEqual([3_000]);
});

test('running and finished jobs are sorted by the menu and by the heads, queued ones keep their order, and it is remembered', async ({
  cold: app,
}) => {
  await withHistory(app, 1_200);
  await app.queue.setMode('Pause');
  await app.submit(QUICK, { name: 'b' });
  await app.submit(QUICK, { name: 'a' });
  await top(app, 3).toEqual([1_201, 1_202, 1_200]);
  await app.queue.sortBy('Number');
  await top(app, 3).toEqual([1_201, 1_202, 1_200]);
  await app.queue.sortBy('Number');
  await top(app, 4).toEqual([1_201, 1_202, 1, 2]);
  await app.queue.columnHead('Job').getByRole('button').click();
  // The names are name-number: as text, 10 comes before 2, and gpt2… before the others.
  await top(app, 4).toEqual([1_201, 1_202, 10, 100]);
  await expect(app.queue.columnHead('Job')).toHaveAttribute('aria-sort', 'ascending');
  await app.quit();
  await app.launch();
  await top(app, 4).toEqual([1_201, 1_202, 10, 100]);
  await app.queue.sortButton.focus();
  for (const key of ['Enter', 'Home', 'Enter']) await app.page.keyboard.press(key);
  await top(app, 3).toEqual([1_201, 1_202, 1_200]);
});

test('only jobs that ended in one way are shown, counted over the whole history', async ({ cold: app }) => {
  await withHistory(app, 1_200);
  await app.queue.showOnly('Failed');
  await top(app, 3).toEqual([1_198, 1_193, 1_188]);
  await expect(app.queue.table).toHaveAttribute('aria-rowcount', '241');
  const count = app.page.getByRole('button', { name: '240 failed: show all' });
  await expect(count).toHaveAttribute('aria-pressed', 'true');
  await app.shoot('history-failed');
  await count.click();
  await top(app, 1).toEqual([1_200]);
});

test('a job that ends stands on top of a long history', async ({ cold: app }) => {
  await withHistory(app, 1_200);
  await expect(app.queue.table).toHaveAttribute('aria-rowcount', '1201');
  await app.submit(QUICK, { name: 'newest' });
  await expect(app.queue.status(1_201)).toHaveText('Completed');
  await top(app, 2).toEqual([1_201, 1_200]);
  await expect(app.queue.table).toHaveAttribute('aria-rowcount', '1202');
});
