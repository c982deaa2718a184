import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { RunningApp, SCREENSHOTS } from './app.ts';
import { axeFindings } from './axe.ts';
import { layoutFaults } from './layoutCheck.ts';
import { SCENES } from './layoutScenes.ts';
import { EVERYTHING } from './look.ts';
import { ScenePages } from './scenePage.ts';

/** The window in CSS pixels: zoom 2.0 halves what the window measures. */
const SIZES = [
  { name: '1200', width: 1200, height: 800, scale: 1 },
  { name: '880', width: 880, height: 600, scale: 1 },
  { name: '1200-zoom2', width: 600, height: 400, scale: 2 },
  { name: '4k', width: 3840, height: 2160, scale: 1 },
  { name: '4k-zoom2', width: 1920, height: 1080, scale: 2 },
] as const;

/** At 4K there is room: the pages with the most on them tell. */
const AT_4K = new Set(['window', 'details', 'compose']);
/** What axe judges here, since no other test shows it so full: it takes its time for each text there is. */
const JUDGED: ReadonlyMap<string, string> = new Map([
  ['window', 'html'],
  ['compose', '[role="dialog"]'],
  ['sort', '[role="menu"]'],
  ['gone', '[data-region="notices"]'],
  ['failing', '[data-region="gpus"]'],
]);
/** A theme changes colours only, never the layout: without `npm run look` the second is judged where axe judges. */
const THEMES = ['light', 'dark'] as const;

async function shoot(page: Page, name: string): Promise<void> {
  if (!EVERYTHING) return;
  mkdirSync(join(SCREENSHOTS, 'layout'), { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, 'layout', `${name}.png`) });
}

async function sized(page: Page, { width, height, scale }: (typeof SIZES)[number]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
  await page.waitForFunction((wanted) => window.innerWidth === wanted, width);
}

/** One launch for all: the pages are further windows of it. */
const app = new RunningApp();
let scenes: ScenePages | null = null;
test.beforeAll(async () => {
  scenes = await ScenePages.open();
  await app.launch();
});
test.afterAll(async () => {
  await app.end();
  scenes?.[Symbol.dispose]();
});

/** Goes through scenes on one page and answers what is wrong, by scene. */
async function walk(
  names: readonly string[],
  prepare: (page: Page) => Promise<unknown>,
  check: (page: Page, name: string) => Promise<Readonly<Record<string, readonly string[]>>>,
): Promise<Record<string, readonly string[]>> {
  if (scenes === null) throw new Error('the pages were built');
  const page = await scenes.show(app);
  await prepare(page);
  const faults: Record<string, readonly string[]> = {};
  for (const name of names) {
    await page.emulateMedia({ colorScheme: 'light' });
    await scenes.begin(page, name);
    await SCENES[name]?.(page);
    for (const [where, found] of Object.entries(await check(page, name)))
      if (found.length > 0) faults[`${name} ${where}`] = found;
  }
  await page.close();
  return faults;
}

for (const size of SIZES)
  test(`every page and state at ${size.name}: nothing sticks out, is cut off or lies on something else`, async () => {
    test.setTimeout(900_000);
    const names = Object.keys(SCENES).filter((name) => !size.name.startsWith('4k') || AT_4K.has(name));
    const faults = await walk(
      names,
      (page) => sized(page, size),
      async (page, name) => {
        const judged = size.name === '1200' ? JUDGED.get(name) : undefined;
        const found: Record<string, readonly string[]> = {};
        for (const colorScheme of judged !== undefined || EVERYTHING ? THEMES : (['light'] as const)) {
          await page.emulateMedia({ colorScheme });
          await shoot(page, `${name}-${size.name}-${colorScheme}`);
          found[colorScheme] = [
            ...(colorScheme === 'light' || EVERYTHING ? await layoutFaults(page) : []),
            ...(judged === undefined
              ? []
              : await axeFindings(page, { onlyContrast: colorScheme === 'dark', part: judged })),
          ];
        }
        return found;
      },
    );
    expect(faults).toEqual({});
  });

for (const [look, media] of Object.entries({
  contrast: { contrast: 'more' },
  forced: { forcedColors: 'active' },
  reduced: { reducedMotion: 'reduce' },
} as const))
  test(`the window with ${look}: nothing is cut off, axe finds nothing, and nothing moves by itself`, async () => {
    test.setTimeout(600_000);
    const faults = await walk(
      ['window', 'compose'],
      (page) => page.emulateMedia(media),
      async (page, name) => {
        const found: Record<string, readonly string[]> = { light: await layoutFaults(page) };
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          await shoot(page, `${name}-${look}-${colorScheme}`);
          // Forced colours are the system's, and less motion changes no colour: there axe has nothing to find.
          if (look === 'contrast')
            found[`${colorScheme} colours`] = await axeFindings(page, {
              onlyContrast: true,
              part: JUDGED.get(name) ?? 'html',
            });
        }
        const moving = await page.evaluate(() => document.getAnimations().length);
        return { ...found, animations: moving === 0 ? [] : [`${moving} animations`] };
      },
    );
    expect(faults).toEqual({});
  });

test('Ctrl + zooms the real window to 200 %, Ctrl 0 back, and nothing is out of reach', async () => {
  const width = () => app.page.evaluate(() => window.innerWidth);
  // Playwright's own keys reach the page without passing the window, which is what listens for these.
  const press = (key: string) =>
    app.electron.evaluate(
      ({ BrowserWindow }, keyCode) =>
        BrowserWindow.getAllWindows()[0]?.webContents.sendInputEvent({
          type: 'keyDown',
          keyCode,
          modifiers: ['control'],
        }),
      key,
    );
  const wide = await width();
  await press('=');
  await expect.poll(width).toBeLessThan(wide);
  for (let times = 0; times < 8; times += 1) await press('=');
  await expect.poll(width).toBe(Math.round(wide / 2));
  expect(await layoutFaults(app.page)).toEqual([]);
  await press('0');
  await expect.poll(width).toBe(wide);
});
