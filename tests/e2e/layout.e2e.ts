import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { SCREENSHOTS, test } from './app.ts';
import { layoutFaults } from './layoutCheck.ts';
import { ScenePages } from './scenePage.ts';

/** The window in CSS pixels: zoom 2.0 halves what the window measures. */
const SIZES = [
  { name: '1200', width: 1200, height: 800, scale: 1 },
  { name: '880', width: 880, height: 600, scale: 1 },
  { name: '4k', width: 3840, height: 2160, scale: 1 },
  { name: '4k-zoom2', width: 1920, height: 1080, scale: 2 },
  { name: '1200-zoom2', width: 600, height: 400, scale: 2 },
] as const;

const COMMAND =
  'OMP_NUM_THREADS=8 WANDB_API_KEY=abc torchrun --standalone --nproc-per-node=2 train_gpt.py --config configs/gpt2_350m.yaml --run-name "lr 6e-4, warmup 700" --lr 6e-4 > $HOME/log';

/** How a scene is reached in the page, by clicks. */
const SCENES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  window: async (page) => {
    await page.locator('[data-job-id="148"] [data-cell="status"]').click();
    await page.getByLabel('Search in log').fill('val_loss');
  },
  curves: async (page) => {
    await page.locator('[data-job-id="148"] [data-cell="status"]').click();
    await page.getByRole('tab', { name: 'Curves' }).click();
  },
  details: (page) => page.getByRole('button', { name: 'Details of #139' }).click(),
  receipt: (page) => page.getByRole('button', { name: 'Receipt of #144' }).click(),
  compose: async (page) => {
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByLabel('Command', { exact: true }).fill(COMMAND);
    await page.getByRole('button', { name: 'Use 2 GPUs' }).click();
    await page.getByRole('button', { name: 'Add variable' }).click();
    await page.getByLabel('Variable 1', { exact: true }).fill('HF_TOKEN');
    await page.getByLabel('Value of HF_TOKEN').fill('secret');
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
  },
  'compose-refused': async (page) => {
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByLabel('Command', { exact: true }).fill('python train.py');
    await page.getByLabel('Folder', { exact: true }).fill('/missing');
    await page.getByRole('button', { name: 'Add to queue' }).click();
    await page.getByRole('alert').filter({ hasText: 'does not exist' }).waitFor();
  },
  more: (page) => page.getByRole('button', { name: 'More', exact: true }).click(),
  sort: (page) => page.getByRole('button', { name: /^Sort and filter/ }).click(),
  'row-menu': (page) => page.locator('[data-job-id="152"] [data-cell="status"]').click({ button: 'right' }),
  question: async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Cancel everything' }).click();
  },
  settings: async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  },
  undo: (page) => page.getByRole('button', { name: 'Cancel #153' }).click(),
  gone: async (page) => {
    await page.evaluate('fakeCore.fail("gone")');
    await page.getByRole('button', { name: 'Cancel #148' }).click();
    await page.getByRole('button', { name: 'Reconnect' }).waitFor();
  },
  'no-match': (page) => page.getByLabel('Search jobs').fill('nothing like this'),
  empty: () => Promise.resolve(),
  failing: () => Promise.resolve(),
};

/** Drawing a 4K picture takes seconds: there only the pages with the most on them are looked at. */
const AT_4K = new Set(['window', 'details', 'compose']);
/** Axe takes seconds for each: it judges here what no other test shows it. */
const JUDGED = new Set(['window', 'details', 'compose', 'sort', 'gone', 'failing']);

async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(join(SCREENSHOTS, 'layout'), { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, 'layout', `${name}.png`) });
}

async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}

async function sized(page: Page, { width, height, scale }: (typeof SIZES)[number]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
  await page.waitForFunction((wanted) => window.innerWidth === wanted, width);
}

let scenes: ScenePages;
test.beforeAll(async () => {
  scenes = await ScenePages.open();
});
test.afterAll(() => scenes[Symbol.dispose]());

for (const size of SIZES)
  test(`every page and state at ${size.name}, in both themes: nothing sticks out, is cut off or lies on something else`, async ({
    app,
  }) => {
    test.setTimeout(600_000);
    const page = await scenes.show(app);
    await sized(page, size);
    const faults: Record<string, readonly string[]> = {};
    for (const [name, act] of Object.entries(SCENES)) {
      if (size.name.startsWith('4k') && !AT_4K.has(name)) continue;
      await page.emulateMedia({ colorScheme: 'light' });
      await scenes.begin(page, name);
      await act(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await shoot(page, `${name}-${size.name}-${colorScheme}`);
        const isJudged = size.name === '1200' && JUDGED.has(name);
        const found = [...(await layoutFaults(page)), ...(isJudged ? await axeFindings(page) : [])];
        if (found.length > 0) faults[`${name} ${colorScheme}`] = found;
      }
    }
    await page.close();
    expect(faults).toEqual({});
  });

for (const [look, media] of Object.entries({
  contrast: { contrast: 'more' },
  forced: { forcedColors: 'active' },
  reduced: { reducedMotion: 'reduce' },
} as const))
  test(`the window with ${look}: axe finds nothing, and nothing moves by itself`, async ({ app }) => {
    test.setTimeout(300_000);
    const page = await scenes.show(app);
    await page.emulateMedia(media);
    const faults: Record<string, readonly string[]> = {};
    for (const name of ['window', 'compose'] as const) {
      await scenes.begin(page, name);
      await SCENES[name]?.(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ ...media, colorScheme });
        await shoot(page, `${name}-${look}-${colorScheme}`);
        // Forced colours are the system's: what axe computes from the style sheets is not what is seen.
        const found = [...(await layoutFaults(page)), ...(look === 'forced' ? [] : await axeFindings(page))];
        if (found.length > 0) faults[`${name} ${colorScheme}`] = found;
      }
      expect(await page.evaluate(() => document.getAnimations().length), 'animations').toBe(0);
    }
    await page.close();
    expect(faults).toEqual({});
  });

test('Ctrl + zooms the real window to 200 %, Ctrl 0 back, and nothing is out of reach', async ({ app }) => {
  const ratio = () => app.page.evaluate(() => window.innerWidth);
  const wide = await ratio();
  await app.page.keyboard.press('Control+=');
  await expect.poll(ratio).toBeLessThan(wide);
  for (let press = 0; press < 8; press += 1) await app.page.keyboard.press('Control+=');
  await expect.poll(ratio).toBe(Math.round(wide / 2));
  expect(await layoutFaults(app.page)).toEqual([]);
  await app.shoot('zoom-200');
  await app.page.keyboard.press('Control+0');
  await expect.poll(ratio).toBe(wide);
});
