import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/**
 * What axe finds on the page as it is, one line each. With `onlyContrast` it looks at colours alone: for a second theme of a
 * state that it has judged whole.
 */
export async function axeFindings(page: Page, { onlyContrast = false } = {}): Promise<string[]> {
  // The page is loaded from a file: axe's own frames would be refused by the content security policy.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (onlyContrast ? axe.withRules('color-contrast') : axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}
