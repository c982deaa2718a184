import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { until } from '../helpers/process.ts';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';
import { axeFindings } from './axe.ts';

// Some start the app three times, and a loaded machine is no failure.
test.describe.configure({ timeout: 240_000 });

const QUICK = `${process.execPath} -e 0`;

/** Starts the app with a program in the place of systemctl; answers the file that it writes its words to. */
async function withPowerCommand(app: RunningApp, countdownSeconds: number, exitCode = 0): Promise<string> {
  const program = join(app.home, 'power');
  const said = join(app.home, 'power-said');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> '${said}'\necho "not allowed here" >&2\nexit ${exitCode}\n`);
  chmodSync(program, 0o755);
  app.env = { TRAINYARD_POWER_COMMAND: program, TRAINYARD_WHEN_DONE_SECONDS: String(countdownSeconds) };
  await app.launch();
  return said;
}

function line(app: RunningApp) {
  return app.page.locator('[data-when-done]');
}

test('when the last run has ended a countdown is shown; called off, nothing happens and nothing is wished any more', async ({
  cold: app,
}) => {
  const said = await withPowerCommand(app, 600);
  await app.ask('settings.set', { whenDone: 'sleep' });
  await app.submit(QUICK);
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(line(app)).toContainText(/goes to sleep in \d+ s/);
  for (const theme of ['light', 'dark'] as const) {
    await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(880, 600));
    await app.shoot(`when-done-${theme}-880`);
    expect(await axeFindings(app.page, { onlyContrast: theme === 'dark' }), theme).toEqual([]);
  }
  await line(app).getByRole('button', { name: 'Stay awake' }).click();
  await expect(line(app)).toBeHidden();
  await expect.poll(async () => (await app.ask('settings.get', {})).whenDone).toBe('nothing');
  expect(existsSync(said)).toBe(false);
});

test('a run that starts calls the countdown off', async ({ cold: app }) => {
  await withPowerCommand(app, 600);
  await app.ask('settings.set', { whenDone: 'shutdown' });
  await app.submit(QUICK);
  await expect(line(app)).toContainText(/shuts down in \d+ s/);
  await app.submit(app.program('tree.mjs'));
  await expect(line(app)).toBeHidden();
});

test('it happens once, with the word for it, and the wish is gone before', async ({ cold: app }) => {
  const said = await withPowerCommand(app, 1);
  await app.ask('settings.set', { whenDone: 'sleep' });
  await app.submit(QUICK);
  await until('the program was called', () => existsSync(said) && readFileSync(said, 'utf8') !== '', app.home, 60_000);
  expect(readFileSync(said, 'utf8')).toBe('suspend\n');
  expect((await app.ask('settings.get', {})).whenDone).toBe('nothing');
  await app.submit(QUICK);
  await expect(app.queue.status(2)).toHaveText('Completed');
  await expect(line(app)).toBeHidden();
  expect(readFileSync(said, 'utf8')).toBe('suspend\n');
});

test('a machine that refuses says why in the window', async ({ cold: app }) => {
  await withPowerCommand(app, 1, 4);
  await app.ask('settings.set', { whenDone: 'shutdown' });
  await app.submit(QUICK);
  await expect(app.queue.noticeLines).toContainText('could not be shut down: not allowed here');
});
