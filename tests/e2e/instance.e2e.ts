import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { required } from '../../src/shared/result.ts';
import { readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import { startTrayHost } from '../helpers/trayHost.ts';
import { startAgain, test } from './app.ts';

// Some start the app three times, and a loaded machine is no failure.
test.describe.configure({ timeout: 240_000 });

test('a second start with submit runs the command in its own folder, and the window shows it', async ({ app }) => {
  const folder = join(app.home, 'elsewhere');
  mkdirSync(folder);
  const words = ['submit', '--name', 'from a launcher', '--', process.execPath, '-e', 'console.log(process.cwd())'];
  expect(await startAgain(app, words, folder)).toBe(0);
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(app.queue.row(1)).toContainText('from a launcher');
  await expect(app.queue.panel.line(folder)).toBeVisible();
  await expect(app.queue.row(1)).toHaveAttribute('aria-selected', 'true');
});

test('what cannot be submitted is said in the window, and nothing is submitted', async ({ app }) => {
  expect(await startAgain(app, ['submit', '--gpus', 'two', '--', 'true'])).toBe(0);
  await expect(app.queue.noticeLines).toContainText('It must be a whole number');
  expect(await startAgain(app, ['submit', '--cwd', '/no/such/folder', '--', 'true'])).toBe(0);
  await expect(app.queue.noticeLines).toContainText('there is no folder /no/such/folder');
  expect((await app.ask('jobs.list', {})).jobs).toEqual([]);
});

test('a start with submit opens the window with the job, whether the app ran or not', async ({ cold: app }) => {
  app.words = ['submit', '--', process.execPath, '-e', '0'];
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('a link shows its job, past a search that hides it; others are refused in words', async ({ app }) => {
  await app.submit(`${process.execPath} -e 0`, { name: 'linked' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.queue.searchBox.fill('something else');
  await expect(app.queue.row(1)).toBeHidden();
  expect(await startAgain(app, ['trainyard://job/1'])).toBe(0);
  await expect(app.queue.row(1)).toHaveAttribute('aria-selected', 'true');
  expect(await startAgain(app, ['trainyard://job/1/cancel'])).toBe(0);
  await expect(app.queue.noticeLines).toContainText('no link to a job');
  expect(await startAgain(app, ['trainyard://job/77'])).toBe(0);
  await expect(app.queue.noticeLines).toContainText('77');
});

test('started hidden it has no window until somebody asks for one', async ({ cold: app }) => {
  const host = await startTrayHost();
  try {
    app.words = ['--hidden'];
    await app.start();
    await until('the app serves its door', () => existsSync(join(app.data, 'api.json')));
    expect(app.electron.windows()).toHaveLength(0);
    app.words = [];
    expect(await startAgain(app)).toBe(0);
    await app.opened();
  } finally {
    host.end();
  }
});

test('start at login is an autostart entry that comes and goes with the setting', async ({ app }) => {
  const entry = join(app.home, 'config', 'autostart', 'trainyard.desktop');
  await app.ask('settings.set', { startAtLogin: true });
  await until('the entry', () => existsSync(entry));
  const text = readFileSync(entry, 'utf8');
  expect(text).toMatch(/^Exec=env .*TRAINYARD_HOME=.* --hidden$/m);
  expect(text).toContain(`X-Trainyard-Data-Folder=${app.data}`);
  await app.quit();
  expect(existsSync(entry)).toBe(true);
  await app.launch();
  await app.ask('settings.set', { startAtLogin: false });
  await until('no entry', () => !existsSync(entry));
});

test('the machine is kept awake while a run is live, and no longer', async ({ app }) => {
  const isKept = (): Promise<boolean> =>
    app.electron.evaluate(({ powerSaveBlocker }) =>
      Array.from({ length: 20 }, (_, id) => powerSaveBlocker.isStarted(id)).some(Boolean),
    );
  expect(await isKept()).toBe(false);
  await app.submit(app.program('tree.mjs'));
  await expect.poll(isKept).toBe(true);
  await app.ask('settings.set', { keepAwake: false });
  await expect.poll(isKept).toBe(false);
  await app.ask('settings.set', { keepAwake: true });
  await expect.poll(isKept).toBe(true);
  await app.queue.cancel(1);
  await expect.poll(isKept).toBe(false);
});

test('a start that comes while the app ends is not lost: the app starts again for it, in the folder it came from', async ({
  app,
}) => {
  const folder = join(app.home, 'late');
  mkdirSync(folder);
  // The end is stretched, so that the start comes into it on every machine.
  await app.electron.evaluate(({ app: inside }) => {
    const exit = inside.exit.bind(inside);
    inside.exit = (code) => void setTimeout(() => exit(code), 8_000);
  });
  const first = required(readDiscovery(app.data), 'it is served').pid;
  const left = app.untilLeft();
  app.electron.process().kill('SIGTERM');
  await until('it is leaving', () => !existsSync(join(app.data, 'api.json')));
  const words = ['submit', '--', process.execPath, '-e', "require('fs').writeFileSync('ran-here', '')"];
  expect(await startAgain(app, words, folder)).toBe(0);
  await left;
  await until('the next one serves its door', () => ![undefined, first].includes(readDiscovery(app.data)?.pid));
  const next = required(readStat(required(readDiscovery(app.data), 'it is served').pid), 'the next one runs');
  try {
    await until('the command was run', () => existsSync(join(folder, 'ran-here')));
  } finally {
    signalIdentity(next, 'SIGTERM');
    await untilGone([next]);
  }
});
