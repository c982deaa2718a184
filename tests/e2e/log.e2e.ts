import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import type { Page } from '@playwright/test';
import type { RouteInput } from '../../src/shared/contract.ts';
import { fillHistory } from '../helpers/longHistory.ts';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';

const BIG_BYTES = 5_000_000_000;
/** One look takes no more (logFollower.ts). */
const READ_BYTES = 131_072;

/** Starts the app with one finished run whose log `write` has written, and shows that log. */
async function withLog(app: RunningApp, write: (file: number) => void): Promise<void> {
  fillHistory(app.data, 1);
  const path = logPath(app);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  write(file);
  closeSync(file);
  await app.launch();
  await app.queue.row(1).click();
  await expect(app.queue.panel.log).toBeVisible();
}

function logPath(app: RunningApp): string {
  return join(app.data, 'jobs', '1', '1-1-history', 'output.log');
}

/** Whether a hole in a file takes no room here. */
function hasSparseFiles({ home }: RunningApp): boolean {
  const path = join(home, 'sparse');
  writeFileSync(path, '');
  truncateSync(path, 16_777_216);
  return statSync(path).blocks * 512 < 1_048_576;
}

function textLines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => `step ${from + at} of a long run, loss 0.${from + at}\n`).join(
    '',
  );
}

/** Every request for log text from now on, and how much each answer brought. */
async function watchReads(app: RunningApp): Promise<() => Promise<readonly Read[]>> {
  await app.electron.evaluate(({ ipcMain }) => {
    // Electron has no public way to look at what is asked: its own table of handlers is wrapped.
    type Handler = (event: unknown, route: string, input: unknown) => Promise<unknown>;
    const { _invokeHandlers: handlers } = ipcMain as unknown as { _invokeHandlers: Map<string, Handler> };
    const reads: unknown[] = ((globalThis as { readsOfTest?: unknown[] }).readsOfTest = []);
    for (const [channel, handler] of handlers) {
      handlers.set(channel, async (event, route, input) => {
        const answer = (await handler(event, route, input)) as { data?: { text?: string } };
        if (route === 'log.read') reads.push({ input, characters: answer.data?.text?.length ?? 0 });
        return answer;
      });
    }
  });
  return () =>
    app.electron.evaluate(() => (globalThis as unknown as { readsOfTest: never[] }).readsOfTest) as Promise<Read[]>;
}

interface Read {
  readonly input: RouteInput<'log.read'>;
  readonly characters: number;
}

/** Megabytes of script memory after a collection. */
async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1_048_576;
}

test('a search goes on in the part of a log that is not loaded, both ways, and says what is nowhere', async ({
  cold: app,
}) => {
  await withLog(app, (file) => {
    writeSync(file, textLines(0, 200_000));
    writeSync(file, '  10%\r  50% first needle\r 100%\r\nbefore\n\u001b[31mRED Needle HERE\u001b[0m\nbehind\n');
    writeSync(file, textLines(200_000, 500_000));
    writeSync(file, 'the end\n');
  });
  expect(statSync(logPath(app)).size).toBeGreaterThan(18_000_000);
  const { page } = app;
  const { panel } = app.queue;
  await expect(panel.line('the end')).toBeVisible();
  await page.keyboard.press('Control+f');
  await expect(panel.searchBox).toBeFocused();
  await page.keyboard.type('red needle here');
  await expect(panel.hits).toHaveText('none here');
  await page.keyboard.press('F3');
  await expect(panel.line('RED Needle HERE')).toBeVisible();
  await expect(panel.line('RED Needle HERE').locator('mark')).toHaveText('RED Needle HERE');
  await expect(panel.line('behind')).toBeVisible();
  await expect(panel.hits).toHaveText('1 of 1');
  await expect(panel.followButton).toHaveAttribute('aria-pressed', 'false');
  await app.shoot('log-found');

  // Towards the beginning: the one that a progress bar has overwritten is shown where it was, and told.
  await panel.searchBox.fill('50% first needle');
  await page.keyboard.press('Shift+F3');
  await expect(panel.wholeLog).toContainText('was overwritten');
  await expect(panel.line('100%')).toBeVisible();

  await panel.searchBox.fill('step 17 of');
  await page.keyboard.press('Shift+F3');
  await expect(panel.line('step 17 of a long run')).toBeVisible();
  await expect(panel.wholeLog).toHaveText('');
  await panel.searchBox.fill('step 499999 of');
  await page.keyboard.press('F3');
  await expect(panel.line('step 499999 of')).toBeVisible();

  await panel.searchBox.fill('written nowhere');
  await page.keyboard.press('F3');
  await expect(panel.wholeLog).toHaveText('“written nowhere” was not found in the whole log.');
  await app.shoot('log-not-found');
  await page.keyboard.press('Escape');
  await expect(panel.searchBox).toHaveValue('');
  await expect(panel.wholeLog).toHaveText('');
});

test('the start of a log is one key away, and so is its end', async ({ cold: app }) => {
  await withLog(app, (file) => writeSync(file, textLines(0, 300_000)));
  const { panel } = app.queue;
  await expect(panel.line('step 299999 of')).toBeVisible();
  await panel.log.press('Home');
  await expect(panel.line('step 0 of')).toBeVisible();
  await expect(panel.followButton).toHaveAttribute('aria-pressed', 'false');
  await panel.log.press('End');
  await expect(panel.line('step 299999 of')).toBeVisible();
  await expect(panel.followButton).toHaveAttribute('aria-pressed', 'true');
});

test('a log of 5 GB opens at its end with one small read, goes on in both directions, and the page stays small', async ({
  cold: app,
}) => {
  base.setTimeout(240_000);
  base.skip(!hasSparseFiles(app), 'this file system has no sparse files: 5 GB would be written');
  await withLog(app, (file) => {
    writeSync(file, `the very beginning\n${textLines(0, 4_000)}`);
    const tail = `\n${textLines(4_000, 40_000)}the very end\n`;
    ftruncateSync(file, BIG_BYTES - tail.length);
    writeSync(file, tail, BIG_BYTES - tail.length);
  });
  expect(statSync(logPath(app)).size).toBe(BIG_BYTES);
  const { panel } = app.queue;
  await expect(panel.line('the very end')).toBeVisible();

  // Opened again while it is watched.
  await panel.close();
  const reads = await watchReads(app);
  await app.queue.row(1).click();
  await expect(panel.line('the very end')).toBeVisible();
  const opening = await reads();
  expect(opening.map(({ input }) => input.offset)).toEqual([-65_536]);
  const before = await heapMb(app.page);

  // Older text comes when it is scrolled to.
  await panel.log.hover();
  await expect(async () => {
    await app.page.mouse.wheel(0, -20_000);
    await expect(panel.line(/^step 37\d\d\d of/).first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await panel.log.press('Home');
  await expect(panel.line('the very beginning')).toBeVisible();
  await panel.log.press('End');
  await expect(panel.line('the very end')).toBeVisible();

  // Through gigabytes of nothing.
  await panel.searchBox.fill('very beginning');
  await app.page.keyboard.press('Shift+F3');
  await expect(panel.line('the very beginning').locator('mark')).toHaveText('very beginning', { timeout: 120_000 });

  // A search that is given up is not answered any more.
  await panel.searchBox.fill('in no line of it');
  await app.page.keyboard.press('F3');
  await expect(panel.wholeLog).toHaveText('Searching the whole log… Esc ends it.');
  await app.page.keyboard.press('Escape');
  await expect(panel.wholeLog).toHaveText('');
  await expect(panel.searchBox).toHaveValue('in no line of it');

  const all = await reads();
  expect(Math.max(...all.map(({ input }) => input.limit ?? 65_536))).toBeLessThanOrEqual(READ_BYTES);
  const characters = all.reduce((sum, read) => sum + read.characters, 0);
  // Two stretches of 2 MiB were filled from the beginning at most, and pieces of the end.
  expect(characters).toBeLessThan(8 * 1_048_576);
  expect((await heapMb(app.page)) - before).toBeLessThan(64);
});
