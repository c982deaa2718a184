import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { lockFolder } from '../../src/main/core/db/lock.ts';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { required } from '../../src/shared/result.ts';
import { childrenOf, isGone, readStat, until, untilGone } from '../helpers/process.ts';
import type { Identity } from '../helpers/process.ts';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';
import { QuitDialog } from './pages/quitDialog.ts';

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
  await app.page.keyboard.press('Control+q');
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
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
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
