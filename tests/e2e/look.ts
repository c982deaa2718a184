import { expect } from '@playwright/test';
import type { RunningApp } from './app.ts';
import { axeFindings } from './axe.ts';

/** The sizes that pictures are taken in: the smallest, and the usual one that is left behind. */
const SIZES = [
  [880, 600],
  [1200, 800],
] as const;

/** Whether every combination is drawn and kept as a picture (`npm run look`), not only what can differ. */
export const EVERYTHING = process.env['TRAINYARD_LOOK'] === 'all';

/**
 * Takes pictures of a state in both themes, and in both sizes where everything is looked at; axe finds nothing in it. With
 * `part`, a selector, axe judges that alone: for a state that differs from one judged before in nothing else.
 */
export async function look(app: RunningApp, state: string, part = 'html'): Promise<void> {
  for (const theme of ['dark', 'light'] as const) {
    await app.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
    for (const [width, height] of EVERYTHING ? SIZES : SIZES.slice(1)) {
      await app.electron.evaluate(
        ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height),
        { width, height },
      );
      await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
      await app.shoot(`${state}-${theme}-${width}`);
    }
    expect(await axeFindings(app.page, { onlyContrast: theme === 'light', part }), state).toEqual([]);
  }
}
