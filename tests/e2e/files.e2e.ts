import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';
import { look } from './look.ts';
import { DeleteDialog } from './pages/deleteDialog.ts';

/** Submits so many jobs that end at once, and waits for them. */
async function finished(app: RunningApp, count: number): Promise<void> {
  for (let id = 1; id <= count; id += 1) {
    const command = [process.execPath, '-e', "console.log('x'.repeat(300000))"];
    await app.ask('jobs.submit', { command, cwd: app.home, name: `job ${id}` });
    await expect(app.queue.status(id)).toHaveText('Completed');
  }
}
function folder(app: RunningApp, id: number): string {
  return join(app.data, 'jobs', String(id));
}

test('a finished job is deleted with its files by the menu of its row; the question says what goes', async ({
  app,
}) => {
  await finished(app, 3);
  writeFileSync(join(folder(app, 2), 'files', 'checkpoint.pt'), 'weights');
  await app.queue.chooseInMenu(2, 'Delete with its files…');
  const question = new DeleteDialog(app.page);
  await expect(question.root).toContainText('Delete 1 job?');
  await expect(question.root).toContainText(/This frees \d+\.\d KiB/);
  await expect(question.root).toContainText('It cannot be undone.');
  await expect(question.closeButton, 'the default does nothing').toBeFocused();
  await look(app, 'delete-question');
  await app.page.keyboard.press('Enter');
  await expect(question.root).toHaveCount(0);
  await expect(app.queue.row(2)).toBeVisible();
  await app.queue.chooseInMenu(2, 'Delete with its files…');
  await question.confirm();
  await expect(app.queue.row(2)).toHaveCount(0);
  expect(await app.queue.shownJobs()).toEqual([3, 1]);
  await expect(app.queue.row(1), 'the row that took its place').toBeFocused();
  await expect.poll(() => existsSync(folder(app, 2))).toBe(false);
  expect(existsSync(folder(app, 1))).toBe(true);
});

test('several are deleted at once by keyboard alone; with the last one the focus stays in the table', async ({
  app,
}) => {
  await finished(app, 4);
  await app.queue.press(4, 'Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+F10');
  const menu = app.page.getByRole('menu');
  await expect(menu.getByRole('menuitem', { name: 'Delete 3 jobs with their files…' })).toBeVisible();
  await app.page.keyboard.press('End');
  await app.page.keyboard.press('Enter');
  const question = new DeleteDialog(app.page);
  await expect(question.root).toContainText('Delete 3 jobs?');
  await expect(question.closeButton).toBeFocused();
  await look(app, 'delete-many');
  await app.page.keyboard.press('Shift+Tab');
  await expect(question.deleteButton).toBeFocused();
  await app.page.keyboard.press('Enter');
  await expect(question.root).toHaveCount(0);
  expect(await app.queue.shownJobs()).toEqual([1]);
  await expect(app.queue.row(1)).toBeFocused();
  await app.queue.press(1, 'Shift+F10');
  await app.page.keyboard.press('End');
  await app.page.keyboard.press('Enter');
  await expect(question.closeButton).toBeFocused();
  await question.confirm();
  await expect(app.queue.row(1)).toHaveCount(0);
  await expect.poll(() => readdirSync(join(app.data, 'jobs'))).toEqual([]);
  expect(await app.page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
});

test('a live or queued job offers no Delete', async ({ app }) => {
  await app.submit(app.program('tree.mjs'), { name: 'runs' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await app.submit(app.program('tree.mjs'), { name: 'waits' });
  for (const id of [1, 2]) {
    const menu = await app.queue.openMenu(id);
    await expect(menu.getByRole('menuitem', { name: 'Cancel' })).toBeVisible();
    await expect(menu.getByRole('menuitem', { name: /^Delete/ })).toHaveCount(0);
    await app.page.keyboard.press('Escape');
  }
  const panel = await app.queue.select(1);
  await panel.open('Details');
  await expect(panel.button('Show folder')).toBeEnabled();
  await expect(panel.button('Delete…')).toHaveCount(0);
});

test('a log that the retention setting removed says so, and the settings say what logs take', async ({ app }) => {
  await finished(app, 2);
  const [run = ''] = readdirSync(folder(app, 1)).filter((name) => name !== 'files');
  // As the retention left it: nobody waits for days.
  for (const name of readdirSync(join(folder(app, 1), run))) rmSync(join(folder(app, 1), run, name));
  writeFileSync(join(folder(app, 1), run, 'removed.json'), JSON.stringify({ at: new Date(2026, 2, 9, 12).getTime() }));
  const words = 'The log was removed by the retention setting on 2026-03-09.';
  const panel = await app.queue.select(1);
  await expect(await panel.open('Log')).toContainText(words);
  await expect(panel.button('Open log in the editor')).toBeDisabled();
  await look(app, 'log-removed');
  await panel.open('Details');
  await expect(panel.fact('Log')).toHaveText(words);
  await expect(await panel.open('Curves')).toContainText(words);
  const dialog = await app.queue.openSettings();
  await dialog.open('Logs');
  await expect(dialog.diskUse).toContainText(
    /The logs and records of 1 run take \d+\.\d KiB\..* are free on that disk\./,
  );
  await dialog.set(dialog.days, '0');
  await expect(dialog.errorAt('days')).toContainText('must be 1 day or more');
  await dialog.set(dialog.days, '30');
  await expect(dialog.errorAt('days')).toHaveCount(0);
  await dialog.set(dialog.gib, 'lots');
  await expect(dialog.errorAt('gib')).toContainText('must be a number of GiB');
  await look(app, 'settings-logs');
  await dialog.set(dialog.gib, '');
  await expect(dialog.errorAt('gib')).toHaveCount(0);
  await expect(dialog.days).toHaveValue('30');
});
