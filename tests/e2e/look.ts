import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { RunningApp } from './app.ts';

/** The sizes of a picture: the window's first one and its smallest. */
const SIZES = [
  { width: 1200, height: 800 },
  { width: 880, height: 600 },
] as const;

/** Takes pictures of a state in both themes and both sizes; axe finds nothing in it. */
export async function look(app: RunningApp, state: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
    for (const { width, height } of SIZES) {
      await resize(app, width, height);
      await app.shoot(`${state}-${theme}-${width}`);
    }
    await expectAxeFindsNothing(app, state);
  }
}

/** Gives the window that much room inside. */
export async function resize(app: RunningApp, width: number, height: number): Promise<void> {
  await app.electron.evaluate(
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
    { width, height },
  );
  await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
}

/** What axe finds in the page as it is: nothing. */
export async function expectAxeFindsNothing(app: RunningApp, state: string): Promise<void> {
  // The page is loaded from a file: axe's own frames would be refused by the content security policy.
  const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
  expect(violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}
