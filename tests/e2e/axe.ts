import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/**
 * What axe finds on the page as it is, one line each. With `onlyContrast` it looks at colours alone: for a second theme of a
 * state that it has judged whole. With `part`, a selector, only there: for a state that differs from another in that.
 */
export async function axeFindings(page: Page, { onlyContrast = false, part = 'html' } = {}): Promise<string[]> {
  // The page is loaded from a file: axe's own frames would be refused by the content security policy.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).include(part);
  // Nobody reads what passed: telling it node by node takes a third of the time.
  axe.options({ resultTypes: ['violations'] });
  const { violations } = await (onlyContrast ? axe.withRules('color-contrast') : axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}
