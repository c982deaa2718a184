import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { lockFolder } from '../../src/main/core/db/lock.ts';
import { required } from '../../src/shared/result.ts';
import { childrenOf, isGone, readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { startLogind } from '../helpers/logind.ts';
import { startTrayHost } from '../helpers/trayHost.ts';
import { startAgain, test } from './app.ts';
import type { RunningApp } from './app.ts';
import { axeFindings } from './axe.ts';
import { QuitDialog } from './pages/quitDialog.ts';
import { startPlainly } from './plainApp.ts';

// Some start the app three times, and a loaded machine is no failure.
test.describe.configure({ timeout: 240_000 });

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

/** The processes of the app itself: Electron's main process and all that it has started, but no runner and no run. */
function ownProcesses(app: RunningApp): readonly Identity[] {
  const main = required(app.electron.process().pid, 'the app runs');
  const first = required(readStat(main), 'the app runs');
  const found: Identity[] = [first];
  // A runner leads a session of its own; everything else of the app stays in the app's.
  for (const { pid } of found) found.push(...childrenOf(pid).filter(({ session }) => session === first.session));
  return found;
}

/** Nothing of the app is left: no process, no discovery file, and the folder can be taken. */
async function expectNothingLeft(app: RunningApp, own: readonly Identity[]): Promise<void> {
  await untilGone(own);
  expect(existsSync(join(app.data, 'api.json'))).toBe(false);
  const lock = lockFolder(join(app.data, 'core.lock'), { nativeBinding: null });
  expect(lock).not.toBeNull();
  lock?.[Symbol.dispose]();
}

/** Presses Ctrl Q as the keyboard does; Playwright's keys reach the page alone. */
function pressQuitKey(app: RunningApp): Promise<void> {
  return app.electron.evaluate(({ BrowserWindow }) => {
    for (const type of ['keyDown', 'keyUp'] as const)
      BrowserWindow.getAllWindows()[0]?.webContents.sendInputEvent({ type, keyCode: 'q', modifiers: ['control'] });
  });
}

/** Quits through Electron's own door, as the menu of macOS does. */
function requestQuit(app: RunningApp): Promise<void> {
  return app.electron.evaluate(({ app: electron }) => electron.quit());
}

test('Quit with a run asks, in both themes and sizes; Stay stays, Keep leaves the run alone and nothing else', async ({
  app,
}) => {
  await app.submit(app.program('tree.mjs', '--ignore'), { name: 'resnet50-baseline', grace: '300' });
  await app.submit(`${process.execPath} -e 0`, { name: 'waits for the slot' });
  await announced(app, 1);
  await expect(app.queue.status(1)).toHaveText('Running');
  await pressQuitKey(app);
  const dialog = new QuitDialog(app.page);
  await expect(dialog.keepButton).toBeFocused();
  await expect(dialog.root).toContainText('1 queued job waits until Trainyard is open again');
  for (const theme of ['light', 'dark'] as const) {
    await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
    for (const [width, height] of [
      [1200, 800],
      [880, 600],
    ] as const) {
      await app.electron.evaluate(
        ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
        { width, height },
      );
      await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
      await app.shoot(`quit-asking-${theme}-${width}`);
    }
    expect(await axeFindings(app.page, { onlyContrast: theme === 'dark' }), theme).toEqual([]);
  }
  await dialog.stayButton.click();
  await expect(dialog.root).toBeHidden();
  await requestQuit(app);
  await expect(dialog.root).toBeVisible();
  await app.page.keyboard.press('Escape');
  await expect(dialog.root).toBeHidden();
  const own = ownProcesses(app);
  expect(own.length).toBeGreaterThan(1);
  await app.page.getByRole('button', { name: 'More', exact: true }).click();
  await app.page.getByRole('menuitem', { name: 'Quit' }).click();
  const left = app.untilLeft();
  await dialog.keepButton.click();
  await left;
  await expectNothingLeft(app, own);
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Running');
});

test('the question stands above a form that is being filled in, and Stay gives the form back', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  const form = await app.queue.newRun();
  await form.fill({ command: 'python3 train.py', name: 'half typed' });
  await pressQuitKey(app);
  const dialog = new QuitDialog(app.page);
  await expect(dialog.keepButton).toBeVisible();
  await app.shoot('quit-above-form');
  await app.page.keyboard.press('Escape');
  await expect(dialog.root).toBeHidden();
  await expect(form.root).toBeVisible();
  await expect(form.name).toHaveValue('half typed');
});

test('Cancel runs and quit waits for the stop, shows its seconds and leaves nothing; the queue goes on at the next start', async ({
  app,
}) => {
  await app.submit(app.program('tree.mjs', '--levels', '2', '--ignore'), { name: 'stubborn', grace: '8' });
  await app.submit(`${process.execPath} -e 0`, { name: 'waits' });
  await announced(app, 2);
  await expect(app.queue.status(1)).toHaveText('Running');
  await pressQuitKey(app);
  const dialog = new QuitDialog(app.page);
  const own = ownProcesses(app);
  const left = app.untilLeft();
  await dialog.cancelButton.click();
  await expect(dialog.run(1)).toContainText(/\d s until SIGKILL/);
  await expect(dialog.anywayButton).toBeDisabled();
  await app.shoot('quit-stopping');
  await left;
  await expectNothingLeft(app, own);
  expect(app.processes.every(isGone)).toBe(true);
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await expect(app.queue.status(2)).toHaveText('Completed');
  expect((await app.ask('jobs.get', { jobId: 1 })).receipt?.requestedBy).toBe('quit');
});

test('Stay during the stops keeps the app, and the queue goes on', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--ignore'), { grace: '300' });
  await announced(app, 1);
  await expect(app.queue.status(1)).toHaveText('Running');
  await pressQuitKey(app);
  const dialog = new QuitDialog(app.page);
  await dialog.cancelButton.click();
  await expect(dialog.anywayButton).toBeVisible();
  await dialog.stayButton.click();
  await expect(dialog.root).toBeHidden();
  await expect(app.queue.status(1)).toHaveText('Cancelling');
  await expect(app.queue.modeButton('Run')).toBeChecked();
  await app.queue.force(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
});

test('Quit anyway leaves after the last deadline, and the runner finishes the stop without the app', async ({
  app,
}) => {
  await app.submit(app.program('tree.mjs', '--ignore'), { grace: '2' });
  await announced(app, 1);
  await expect(app.queue.status(1)).toHaveText('Running');
  const [trainer] = app.processes;
  const runner = required(readStat(readStat(required(trainer, 'it announced itself').pid)?.parent ?? 0), 'a runner');
  // As if the kernel kept it: a stopped runner kills nobody.
  signalIdentity(runner, 'SIGSTOP');
  const own = ownProcesses(app);
  try {
    await pressQuitKey(app);
    const dialog = new QuitDialog(app.page);
    await dialog.cancelButton.click();
    await expect(dialog.anywayButton).toBeEnabled();
    await app.shoot('quit-anyway');
    const left = app.untilLeft();
    await dialog.anywayButton.click();
    await left;
  } finally {
    signalIdentity(runner, 'SIGCONT');
  }
  await expectNothingLeft(app, own);
  await untilGone([runner, ...app.processes]);
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Cancelled');
});

test('the remembered choice is not asked about again', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  await pressQuitKey(app);
  const dialog = new QuitDialog(app.page);
  await dialog.remember.check();
  const first = app.untilLeft();
  await dialog.keepButton.click();
  await first;
  await app.launch();
  expect((await app.ask('settings.get', {})).quitWithRuns).toBe('keep');
  const second = app.untilLeft();
  await pressQuitKey(app);
  await second;
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
  await app.launch();
  await app.ask('settings.set', { quitWithRuns: 'cancel' });
  const third = app.untilLeft();
  await pressQuitKey(app);
  await third;
  expect(app.processes.every(isGone)).toBe(true);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} asks nobody: the run goes on, and nothing else is left`, async ({ app }) => {
    await app.submit(app.program('tree.mjs'));
    await announced(app, 1);
    const own = ownProcesses(app);
    const left = app.untilLeft();
    app.electron.process().kill(signal);
    await left;
    await expectNothingLeft(app, own);
    expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
  });
}

test('SIGTERM cancels the runs first where that is remembered, and a second one does not wait', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--ignore'), { grace: '2' });
  await announced(app, 1);
  await app.ask('settings.set', { quitWithRuns: 'cancel' });
  const own = ownProcesses(app);
  const left = app.untilLeft();
  app.electron.process().kill('SIGTERM');
  await left;
  await expectNothingLeft(app, own);
  expect(app.processes.every(isGone)).toBe(true);
  await app.launch();
  await app.submit(app.program('tree.mjs', '--name', 'second', '--ignore'), { grace: '300' });
  await until('it is there', () => app.processes.length === 2, app.announced);
  const again = app.untilLeft();
  app.electron.process().kill('SIGTERM');
  await expect(new QuitDialog(app.page).run(2)).toContainText('Cancelling');
  app.electron.process().kill('SIGTERM');
  await again;
  expect(app.processes.filter((identity) => !isGone(identity))).toHaveLength(1);
});

test('a shutdown of the machine asks nobody: runs are kept, or given four seconds where cancelling is remembered', async ({
  cold: app,
}) => {
  const logind = await startLogind();
  try {
    app.env = { DBUS_SYSTEM_BUS_ADDRESS: logind.address };
    await app.launch();
    await app.submit(app.program('tree.mjs', '--ignore'), { grace: '300' });
    await announced(app, 1);
    await until('the app asked for a delay', () => logind.inhibited.includes('shutdown'));
    const own = ownProcesses(app);
    const left = app.untilLeft();
    logind.prepareForShutdown();
    await left;
    await expectNothingLeft(app, own);
    expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
    await app.launch();
    await app.ask('settings.set', { quitWithRuns: 'cancel' });
    const again = app.untilLeft();
    logind.prepareForShutdown();
    await again;
    expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
    await app.launch();
    await expect(app.queue.status(1)).toHaveText('Cancelling');
    await app.ask('jobs.cancel', { jobId: 1, force: true });
    await expect(app.queue.status(1)).toHaveText('Cancelled');
    await app.quit();
  } finally {
    await logind.end();
  }
});

test('a page that hangs keeps nobody from quitting: the question comes without it', async ({ app }) => {
  await app.submit(app.program('tree.mjs'));
  await announced(app, 1);
  const own = ownProcesses(app);
  const left = app.untilLeft();
  await app.electron.evaluate(({ dialog }) => {
    // A dialog of the desktop cannot be clicked from here: its default button answers.
    dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false });
  });
  await app.page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    }, 0);
  });
  await requestQuit(app);
  await left;
  await expectNothingLeft(app, own);
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);
});

test('a stream that somebody reads over HTTP keeps nobody from quitting', async ({ app }) => {
  const { port, token } = required(readDiscovery(app.data), 'the app serves its door');
  const stream = await fetch(`http://127.0.0.1:${port}/api/training/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const reading = stream.text().then(
    () => 'ended',
    () => 'broken',
  );
  const own = ownProcesses(app);
  const left = app.untilLeft();
  await pressQuitKey(app);
  await left;
  expect(['ended', 'broken']).toContain(await reading);
  await expectNothingLeft(app, own);
});

test('closing the window: without a tray it asks; with one it hides, and a second start brings it back', async ({
  app,
}) => {
  await app.submit(`sh -c "for i in $(seq 1 6000); do echo step $i/6000; sleep 0.05; done"`, { name: 'talks' });
  await expect(app.queue.progress(1)).toBeVisible();
  const close = (): Promise<void> =>
    app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  const isVisible = (): Promise<boolean | undefined> =>
    app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  const dialog = new QuitDialog(app.page);
  await close();
  await expect(dialog.keepButton).toBeVisible();
  await dialog.stayButton.click();
  const host = await startTrayHost();
  try {
    await close();
    await expect.poll(isVisible).toBe(false);
    expect(existsSync(join(app.data, 'closed-to-tray'))).toBe(true);
    expect(await startAgain(app)).toBe(0);
    await expect.poll(isVisible).toBe(true);
    await expect(app.queue.status(1)).toHaveText('Running');
    await app.ask('settings.set', { closeToTray: false });
    await close();
    await expect(dialog.keepButton).toBeVisible();
    await dialog.stayButton.click();
  } finally {
    host.end();
  }
});

test('a hidden page is told nothing and draws nothing while the run goes on; its crash is recovered, and it stays hidden', async ({
  app,
}) => {
  await app.submit(`sh -c "for i in $(seq 1 6000); do echo step $i/6000; sleep 0.05; done"`, { name: 'talks' });
  await expect(app.queue.progress(1)).toBeVisible();
  await app.quit();
  const plain = await startPlainly(app);
  const window = 'electron.BrowserWindow.getAllWindows()[0]';
  try {
    await expect.poll(() => plain.inMain(`${window}?.isVisible()`)).toBe(true);
    expect(await plain.inPage(rowOf(1))).toContain('Running');
    // While it is seen it does draw: the measure measures.
    const first = await plain.inMain(drawingsOf(window));
    await expect.poll(() => plain.inMain(drawingsOf(window))).not.toEqual(first);
    await plain.inMain(`${window}.hide()`);
    await expect.poll(() => plain.inPage('document.visibilityState')).toBe('hidden');
    await plain.inPage(
      `window.told = 0; for (const name of ['changed', 'gpus', 'progress', 'blockers']) trainyard.on(name, () => { window.told += 1; }); 0`,
    );
    const positions = new Set<unknown>();
    const seenPositions = async (): Promise<number> => {
      const { progress } = (await app.job(1)) as { readonly progress?: { readonly position?: string } };
      return positions.add(progress?.position).size;
    };
    await expect.poll(seenPositions).toBeGreaterThan(1);
    const before = await plain.inMain(drawingsOf(window));
    await expect.poll(seenPositions).toBeGreaterThan(5);
    expect(await plain.inPage('window.told')).toBe(0);
    expect(await plain.inMain(drawingsOf(window))).toEqual(before);

    await plain.inMain(
      `new Promise((done) => { const contents = ${window}.webContents; contents.debugger.detach(); contents.once('did-finish-load', () => done(0)); contents.forcefullyCrashRenderer(); })`,
    );
    expect(await plain.inPage(rowOf(1))).toContain('Running');
    expect(await plain.inMain(`${window}.isVisible()`)).toBe(false);
    expect(await startAgain(app)).toBe(0);
    await expect.poll(() => plain.inPage('document.visibilityState')).toBe('visible');
    expect(await plain.inPage(rowOf(1))).toContain('Running');
    await plain.inPage(`trainyard.request('jobs.cancel', { jobId: 1, force: true }).then(() => 0)`);
  } finally {
    await plain.end();
  }
});

/** An expression for the text of a job's row, once it is there. */
function rowOf(jobId: number): string {
  return `new Promise((done) => { const look = () => { const row = document.querySelector('[data-job-id="${jobId}"]'); row ? done(row.textContent) : setTimeout(look, 50); }; look(); })`;
}

/** An expression for how often the page of a window has computed its layout and its styles. */
function drawingsOf(window: string): string {
  return `(async ({ debugger: inspector }) => {
    if (!inspector.isAttached()) inspector.attach('1.3');
    await inspector.sendCommand('Performance.enable');
    const { metrics } = await inspector.sendCommand('Performance.getMetrics');
    return ['LayoutCount', 'RecalcStyleCount'].map((name) => metrics.find((metric) => metric.name === name).value);
  })(${window}.webContents)`;
}
