import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as plain } from '@playwright/test';
import { FrozenFolder, lacking } from '../hazards/machine.ts';
import { noBus, PrivateBus } from '../helpers/dbusSession.ts';
import { Dunst, noDunst } from '../helpers/dunst.ts';
import { until } from '../helpers/process.ts';
import { RunningApp } from './app.ts';
import { closeWindow, desktopEnvironment, isWindowShown, submitElsewhere, test } from './onDesktop.ts';

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

/** Changes settings as the window does. */
function set(app: RunningApp, patch: object): Promise<unknown> {
  return app.page.evaluate(
    (input) =>
      (
        globalThis as unknown as { trainyard: { request(route: string, input: unknown): Promise<unknown> } }
      ).trainyard.request('settings.set', input),
    patch,
  );
}

test('a failed run is told with its reason while the window is closed; a click opens its log', async ({
  app,
  desktop: { notifications },
}) => {
  const gate = join(app.home, 'gate');
  await app.submit(`sh -c "while [ ! -e ${gate} ]; do sleep 0.05; done; echo it broke; exit 3"`, { name: 'breaks' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await closeWindow(app);
  writeFileSync(gate, '');
  const shown = await notifications.untilShown('breaks failed');
  expect(shown.body).toMatch(/^exit 3 · after /);
  expect(shown.actions).toEqual(['default', 'Open', 'log', 'Show log', 'requeue', 'Requeue']);
  notifications.press(shown, 'default');
  await expect.poll(() => isWindowShown(app)).toBe(true);
  await expect(app.queue.panel.root).toContainText('#1');
  await expect(app.queue.panel.line('it broke')).toBeVisible();
});

test('Requeue in the notification runs the job again', async ({ app, desktop: { notifications } }) => {
  const gate = join(app.home, 'gate');
  await closeWindow(app);
  await submitElsewhere(app, 'second try', ['test', '-e', gate]);
  const failed = await notifications.untilShown('second try failed');
  writeFileSync(gate, '');
  notifications.press(failed, 'Requeue');
  const completed = await notifications.untilShown('second try completed');
  expect(completed.replaces, 'the first one was pressed away').toBe(0);
  expect(await app.job(1)).toMatchObject({ status: 'completed', attempt: 2 });
});

test('a cancelled run is told with its receipt’s line, and Receipt opens it', async ({
  app,
  desktop: { tray, notifications },
}) => {
  await app.submit(app.program('tree.mjs', '--levels', '2'), { name: 'tree' });
  await announced(app, 2);
  await closeWindow(app);
  await tray.click(await tray.untilItem(/^Cancel #1 tree/));
  const shown = await notifications.untilShown('tree cancelled');
  expect(shown.body).toMatch(/^2 processes gone, /);
  notifications.press(shown, 'Receipt');
  await expect(app.queue.panel.tab('Receipt')).toHaveAttribute('aria-selected', 'true');
  await expect(app.queue.panel.root).toContainText('Kernel: no child left (ECHILD)');
});

test('kinds are switched off one by one', async ({ app, desktop: { notifications } }) => {
  await set(app, {
    notifications: {
      completed: false,
      failed: true,
      cancelled: true,
      stuck: true,
      queueFinished: true,
      updateReady: true,
    },
  });
  await closeWindow(app);
  await submitElsewhere(app, 'quiet', ['true']);
  await submitElsewhere(app, 'loud', ['false']);
  await notifications.untilShown('loud failed');
  expect(notifications.latest('quiet completed')).toBeUndefined();
});

test('nobody is told of the job that he looks at', async ({ app, desktop: { notifications } }) => {
  const focused = await app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.focus();
    return new Promise<boolean>((done) => {
      if (window?.isFocused() === true) return done(true);
      window?.once('focus', () => done(true));
      setTimeout(() => done(window?.isFocused() === true), 10_000);
    });
  });
  test.skip(!focused, 'nothing on this display gives a window the keyboard');
  const gate = join(app.home, 'gate');
  await app.submit(`sh -c "while [ ! -e ${gate} ]; do sleep 0.05; done"`, { name: 'looked at' });
  await app.queue.select(1);
  writeFileSync(gate, '');
  await expect(app.queue.status(1)).toHaveText('Completed');
  const later = join(app.home, 'later');
  await app.submit(`sh -c "while [ ! -e ${later} ]; do sleep 0.05; done; exit 1"`, { name: 'other' });
  await app.queue.select(1);
  writeFileSync(later, '');
  // The order is that of the ends: by the time the later one is told, the first one would have been.
  await notifications.untilShown('other failed');
  expect(notifications.latest('looked at completed')).toBeUndefined();
});

test('many ends at once are one notification that counts them, and the queue’s end is told', async ({
  app,
  desktop: { notifications },
}) => {
  await set(app, { cpuSlots: 8 });
  const gate = join(app.home, 'gate');
  for (let job = 1; job <= 6; job += 1)
    await app.submit(`sh -c "while [ ! -e ${gate} ]; do sleep 0.05; done"`, { name: `swarm ${job}` });
  await expect(app.queue.status(6)).toHaveText('Running');
  await closeWindow(app);
  writeFileSync(gate, '');
  const merged = await notifications.untilShown('6 jobs: 6 completed');
  expect(merged.body).toMatch(/^swarm \d completed, swarm \d completed, swarm \d completed and 3 more\.$/);
  const end = await notifications.untilShown('The queue has finished');
  expect(end.body).toBe('6 completed.');
  // Those that were told one by one before the fourth came are taken back.
  const single = notifications.received.filter(({ summary }) => summary.startsWith('swarm'));
  expect(single.length).toBeLessThanOrEqual(3);
  await notifications.until('the single ones are taken back', () =>
    single.every(({ id }) => notifications.closed.includes(id)),
  );
});

const missing = lacking(['root', 'loop device']);

test('a run that the kernel holds is told as urgent; Force is pressed there, and its end takes the place', async ({
  app,
  desktop: { tray, notifications },
}) => {
  test.skip(missing !== null, missing ?? '');
  const frozen = new FrozenFolder();
  try {
    await closeWindow(app);
    const command = ['sh', '-c', ': > "$0/file"; exec sleep 3600', frozen.path];
    await submitElsewhere(app, 'held', command, { grace_seconds: 0.2 });
    await expect.poll(async () => Number((await app.job(1))['main_pid'] ?? 0)).toBeGreaterThan(0);
    const main = Number((await app.job(1))['main_pid']);
    await until('main sleeps in the kernel', () => readFileSync(`/proc/${main}/stat`, 'latin1').includes(') D '));
    await tray.click(await tray.untilItem(/^Cancel #1 held/));
    const stuck = await notifications.untilShown('held will not exit');
    expect(stuck).toMatchObject({ urgency: 2 });
    expect(stuck.actions).toEqual(['default', 'Open', 'force', 'Force', 'details', 'Details']);
    await tray.untilItem('Force #1 held — stuck in the kernel');
    await tray.untilItem('0 running · 0 queued · 1 stuck');
    frozen.thaw();
    notifications.press(stuck, 'Force');
    await notifications.untilShown('held cancelled');
    await tray.untilNoItem(/#1/);
  } finally {
    frozen[Symbol.dispose]();
  }
});

plain('with Debian’s dunst: shown, pressed in its own menu, and it happens', async () => {
  const reason = noBus ?? noDunst;
  plain.skip(reason !== null, reason ?? '');
  const bus = await PrivateBus.start();
  const dunst = await Dunst.start(bus);
  const app = new RunningApp();
  app.env = desktopEnvironment(bus);
  try {
    await app.launch();
    const gate = join(app.home, 'gate');
    await hideWindow(app);
    await submitElsewhere(app, 'real <desktop> & more', ['test', '-e', gate]);
    await expect.poll(() => dunst.displayed).toBe(1);
    writeFileSync(gate, '');
    dunst.choose('Requeue');
    await expect.poll(async () => (await app.job(1))['status']).toBe('completed');
    expect(await app.job(1)).toMatchObject({ attempt: 2 });
    // It was pressed away, or requeueing took it back; either way dunst keeps it.
    await expect.poll(() => dunst.history().map(({ summary }) => summary)).toContain('real <desktop> & more failed');
    await expect.poll(() => dunst.displayed).toBe(1);
    dunst.click();
    await expect.poll(() => isWindowShown(app)).toBe(true);
    await expect(app.queue.panel.root).toContainText('#1');
    dunst.closeAll();
    const kept = dunst.history();
    expect(kept.map(({ summary }) => summary)).toContain('real <desktop> & more completed');
    expect(kept.every(({ appname }) => appname === 'Trainyard')).toBe(true);
    expect(kept[0]?.body).toMatch(/exit 0 · after /);
  } finally {
    await app.end();
    await dunst.end();
    await bus.end();
  }
});

/** On a desktop without a tray, closing the window would quit. */
function hideWindow(app: RunningApp): Promise<void> {
  return app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
}
