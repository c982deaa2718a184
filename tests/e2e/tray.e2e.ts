import { expect, test as plain } from '@playwright/test';
import { noBus, PrivateBus } from '../helpers/dbusSession.ts';
import { TrayHost } from '../helpers/dbusTray.ts';
import { isGone, until } from '../helpers/process.ts';
import { closeWindow, desktopEnvironment, isWindowShown, test } from './onDesktop.ts';
import { RunningApp } from './app.ts';

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

test('a run is cancelled from the tray while the window is closed: it is really gone and the menu says so', async ({
  app,
  desktop: { tray, notifications },
}) => {
  await tray.untilItem('0 running · 0 queued');
  await app.submit(app.program('tree.mjs', '--levels', '3'), { name: 'from_the tray & more' });
  await app.submit(app.program('tree.mjs', '--name', 'next'), { name: 'next one' });
  await announced(app, 3);
  const members = app.processes;
  await closeWindow(app);
  await tray.untilItem('1 running · 1 queued');
  await tray.untilItem('Cancel #2 next one — waits for the CPU slot');
  await tray.click(await tray.untilItem(/^Cancel #1 from_the tray & more — running/));
  await notifications.untilShown('from_the tray & more cancelled');
  expect(members.filter((identity) => !isGone(identity))).toEqual([]);
  await tray.untilNoItem(/#1/);
  expect(await app.job(1)).toMatchObject({ status: 'cancelled', receipt: { requested_by: 'tray', survivors: 0 } });
  // The next one has started by itself, and stands where the first one stood.
  await tray.untilItem(/^Cancel #2 next one — running/);
  expect(await isWindowShown(app)).toBe(false);
});

test('a trainer that does not listen is forced from the tray', async ({ app, desktop: { tray } }) => {
  await app.submit(app.program('tree.mjs', '--ignore'), { name: 'stubborn', grace: '300' });
  await announced(app, 1);
  await tray.click(await tray.untilItem(/^Cancel #1 stubborn/));
  const force = await tray.untilItem(/^Force #1 stubborn — SIGKILL at /);
  await tray.untilItem('0 running · 0 queued · 1 cancelling');
  await tray.click(force);
  await tray.untilNoItem(/#1/);
  expect(app.processes.filter((identity) => !isGone(identity))).toEqual([]);
});

test('a click into a menu that has been replaced since never hits another job', async ({ app, desktop: { tray } }) => {
  await app.submit(app.program('tree.mjs'), { name: 'first' });
  await app.submit(app.program('tree.mjs'), { name: 'second' });
  await app.submit(app.program('tree.mjs'), { name: 'third' });
  await announced(app, 1);
  const old = await tray.untilItem(/^Cancel #1 first/);
  await tray.untilItem(/^Cancel #3 third/);
  await app.queue.cancel(1);
  await tray.untilNoItem(/#1/);
  await tray.untilItem(/^Cancel #2 second — running/);
  // The line that was shown before, clicked by a hand that was slower than the menu.
  await tray.click(old);
  await tray.click(await tray.untilItem('Pause queue'));
  await tray.untilItem('Resume queue');
  expect(await app.job(2)).toMatchObject({ status: 'running' });
  expect(await app.job(3)).toMatchObject({ status: 'queued' });
});

test('the queue is paused, resumed and emptied from the tray', async ({ app, desktop: { tray, notifications } }) => {
  await tray.click(await tray.untilItem('Pause queue'));
  await tray.untilItem('Resume queue');
  await app.submit(app.program('tree.mjs'), { name: 'one' });
  await app.submit(app.program('tree.mjs'), { name: 'two' });
  await closeWindow(app);
  await tray.untilItem(/^Cancel all queued \(2\)$/);
  await tray.click(await tray.untilItem('Cancel 2 queued jobs'));
  await tray.untilItem('0 running · 0 queued');
  expect(await app.job(2)).toMatchObject({ status: 'cancelled', attempt: 1 });
  // Undo is where the person is told.
  notifications.press(await notifications.untilShown('one cancelled'), 'Undo');
  await tray.untilItem('Cancel #1 one — the queue is paused');
  await tray.click(await tray.untilItem('Resume queue'));
  await tray.untilItem(/^Cancel #1 one — running/);
});

test('Open shows the window again, and the tooltip counts', async ({ app, desktop: { tray } }) => {
  await closeWindow(app);
  expect(await isWindowShown(app)).toBe(false);
  await tray.click(await tray.untilItem('Open Trainyard'));
  await expect.poll(() => isWindowShown(app)).toBe(true);
  const tooltip = JSON.stringify(await tray.property('ToolTip'));
  expect(tooltip).toContain('Trainyard: 0 running · 0 queued');
});

test('Quit in the tray ends the app when nothing runs', async ({ app, desktop: { tray } }) => {
  const left = app.untilLeft();
  await tray.click(await tray.untilItem('Quit'));
  await left;
});

test('the icon differs with the state, and the menu is sent again only when it differs', async ({
  app,
  desktop: { tray },
}) => {
  await tray.untilItem('0 running · 0 queued');
  const idle = JSON.stringify(await tray.property('IconPixmap'));
  await app.submit(app.program('tree.mjs'), { name: 'plain' });
  await announced(app, 1);
  await tray.untilItem(/^Cancel #1 plain — running/);
  await expect.poll(async () => JSON.stringify(await tray.property('IconPixmap')) === idle).toBe(false);
  const sent = tray.layouts;
  // A setting is a change like any other, and nothing that the menu shows.
  await app.page.evaluate(() =>
    (
      globalThis as unknown as { trainyard: { request(route: string, input: unknown): Promise<unknown> } }
    ).trainyard.request('settings.set', { cpuSlots: 1 }),
  );
  await tray.click(await tray.untilItem('Pause queue'));
  await tray.untilItem('Resume queue');
  expect(tray.layouts - sent).toBeLessThanOrEqual(2);
});

test('a panel that is started again gets the icon with its menu', async ({ app, desktop: { bus, tray } }) => {
  await app.submit(app.program('tree.mjs'), { name: 'known to all' });
  await announced(app, 1);
  await tray.untilItem(/^Cancel #1 known to all/);
  await tray.end();
  await cancelIn(await TrayHost.start(bus), app);
});

plain('a panel that comes up after the app, as at login, gets the icon with its menu', async () => {
  plain.skip(noBus !== null, noBus ?? '');
  const bus = await PrivateBus.start();
  const app = new RunningApp();
  app.env = desktopEnvironment(bus);
  try {
    await app.launch();
    await app.submit(app.program('tree.mjs'), { name: 'known to all' });
    await announced(app, 1);
    await cancelIn(await TrayHost.start(bus), app);
  } finally {
    await app.end();
    await bus.end();
  }
});

async function cancelIn(panel: TrayHost, app: RunningApp): Promise<void> {
  await panel.click(await panel.untilItem(/^Cancel #1 known to all/));
  await panel.untilNoItem(/#1/);
  expect(app.processes.filter((identity) => !isGone(identity))).toEqual([]);
}
