import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { isGone, until } from '../helpers/process.ts';
import { startAgain, test } from './app.ts';
import type { RunningApp } from './app.ts';
import { axeFindings } from './axe.ts';

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

test('the empty window offers a sample that trains, shows progress and log, and can be cancelled', async ({ app }) => {
  await app.shoot('empty');
  await app.queue.startSample();
  await expect(app.queue.status(1)).toHaveText('Running');
  await expect(app.queue.progress(1)).toBeVisible();
  const panel = await app.queue.select(1);
  await expect(panel.line(/loss/).first()).toBeVisible();
  await app.shoot('sample-running');
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await expect(panel.line(/checkpoint saved/)).toBeVisible();
});

test('a refusal is shown at its field in words, and nothing is submitted', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: 'true', folder: '/no/such/folder' });
  await dialog.addRefused();
  await expect(dialog.errorAt('cwd')).toContainText('there is no folder /no/such/folder');
  await app.shoot('compose-refused');
  await dialog.fill({ folder: app.home });
  await dialog.add();
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('a program that does not exist fails with the reason in words', async ({ app }) => {
  await app.submit('/no/such/trainer --lr 1');
  await expect(app.queue.status(1)).toHaveText('Failed');
  await expect(app.queue.sentence(1)).toContainText('did not start: /no/such/trainer: not found');
});

test('the log follows a run that writes while it is looked at', async ({ app }) => {
  const gate = join(app.home, 'gate');
  await app.submit(`sh -c "echo first line; while [ ! -e ${gate} ]; do sleep 0.05; done; echo last line"`);
  const panel = await app.queue.select(1);
  await expect(panel.line('first line')).toBeVisible();
  writeFileSync(gate, '');
  await expect(panel.line('last line')).toBeVisible();
});

test('the app is killed in the middle: the run lives on, the next start shows it, and it can be cancelled', async ({
  app,
}) => {
  await app.submit(app.program('tree.mjs', '--levels', '2'), { name: 'survivor' });
  await app.submit(`${process.execPath} -e 0`, { name: 'waiting' });
  await announced(app, 2);
  await app.kill();
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Running');
  await expect(app.queue.status(2)).toHaveText('Queued');
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  expect(app.processes.every(isGone)).toBe(true);
  await expect(app.queue.status(2)).toHaveText('Completed');
});

test('quitting leaves a run alive and ends within seconds', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  await app.quit();
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Running');
});

test('a crash of the page is recovered without touching a run', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  const reloaded = app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    return new Promise<void>((done) => {
      contents?.once('did-finish-load', () => done());
      contents?.forcefullyCrashRenderer();
    });
  });
  await reloaded;
  expect(await app.job(1)).toMatchObject({ status: 'running' });
  const text = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const look = `new Promise((done) => { const tick = () => { const row = document.querySelector('[data-job-id="1"]'); row ? done(row.textContent) : setTimeout(tick, 50); }; tick(); })`;
    return contents?.executeJavaScript(look) as Promise<string>;
  });
  expect(text).toContain('Running');
});

test('the page has nothing of Node, cannot leave its address and opens no window', async ({ app }) => {
  const seen = await app.page.evaluate(() => ({
    process: typeof (globalThis as Record<string, unknown>)['process'],
    require: typeof (globalThis as Record<string, unknown>)['require'],
    bridge: Object.keys((globalThis as unknown as { trainyard: object }).trainyard).sort(),
    injected: (() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.wasInjected = true';
      document.head.append(script);
      return (globalThis as Record<string, unknown>)['wasInjected'] === true;
    })(),
  }));
  expect(seen).toEqual({
    process: 'undefined',
    require: 'undefined',
    bridge: ['on', 'pathOf', 'request'],
    injected: false,
  });
  const before = app.page.url();
  await app.page.evaluate(() => {
    location.href = 'https://example.com/';
  });
  await app.page.evaluate(() => window.open('file:///etc/passwd'));
  expect(app.page.url()).toBe(before);
  expect(app.electron.windows()).toHaveLength(1);
  const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    const { contextIsolation, sandbox, nodeIntegration } = contents.getLastWebPreferences();
    return { contextIsolation, sandbox, nodeIntegration };
  });
  expect(preferences).toEqual({ contextIsolation: true, sandbox: true, nodeIntegration: false });
});

test('a second start shows the first window and ends', async ({ app }) => {
  expect(await startAgain(app)).toBe(0);
  expect(app.electron.windows()).toHaveLength(1);
  await expect(app.queue.newRunButton).toBeVisible();
});

test('the terminal sees and cancels what the window started', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  const { env } = app.command();
  const cancel = spawnSync(process.execPath, [join(import.meta.dirname, '../../bin/trainyard.mjs'), 'cancel', '1'], {
    env,
    encoding: 'utf8',
  });
  expect(cancel).toMatchObject({ status: 0, stdout: '#1: Job cancelled successfully\n' });
  await expect(app.queue.status(1)).toHaveText('Cancelled');
});

test('the window remembers its place and size', async ({ app }) => {
  await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1010, height: 710 }),
  );
  await app.quit();
  await app.launch();
  const bounds = await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
  expect(bounds).toMatchObject({ width: 1010, height: 710 });
});

for (const size of [
  { width: 1200, height: 800 },
  { width: 880, height: 600 },
])
  test(`${size.width}×${size.height}, both themes: nothing is out of reach, and axe finds nothing`, async ({ app }) => {
    test.setTimeout(300_000);
    await app.electron.evaluate(
      ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setSize(bounds.width, bounds.height),
      size,
    );
    const check = async (state: string): Promise<void> => {
      for (const theme of ['light', 'dark'] as const) {
        await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
        await app.shoot(`${state}-${theme}-${size.width}`);
        expect(await axeFindings(app.page, { onlyContrast: theme === 'dark' }), `${state}, ${theme}`).toEqual([]);
      }
    };
    await check('empty');
    await app.submit(app.program('tree.mjs', '--ignore'), { name: 'stubborn', grace: '300' });
    await app.submit(`${process.execPath} -e 0`, { name: 'waits' });
    await app.submit(`${process.execPath} -e 0`, { name: 'not wanted' });
    await announced(app, 1);
    await app.queue.cancel(3);
    await app.queue.cancel(1);
    await expect(app.queue.status(1)).toHaveText('Cancelling');
    await check('stopping');
    await app.queue.select(1);
    await check('panel-log');
    await app.queue.panel.open('Details');
    await check('panel-details');
    await app.queue.force(1);
    await expect(app.queue.status(1)).toHaveText('Cancelled');
    await app.queue.panel.open('Receipt');
    await check('panel-receipt');
    const dialog = await app.queue.newRun();
    await dialog.fill({ command: 'OMP_NUM_THREADS=8 torchrun --nproc-per-node=2 train.py --name "a b"' });
    await check('compose');
  });
