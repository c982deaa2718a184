import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { RunningApp } from './app.ts';

/** The sizes that pictures are taken in: the usual one and the smallest. */
const SIZES = [
  [1200, 800],
  [880, 600],
] as const;

/** Takes pictures of a state in both themes and both sizes; axe finds nothing in it. The usual size is left behind. */
export async function look(app: RunningApp, state: string): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
    for (const [width, height] of [...SIZES].reverse()) {
      await app.electron.evaluate(
        ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
        { width, height },
      );
      await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
      await app.shoot(`${state}-${theme}-${width}`);
    }
    // The page is loaded from a file: axe's own frames would be refused by the content security policy.
    const { violations } = await new AxeBuilder({ page: app.page }).setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
      [],
    );
  }
}
