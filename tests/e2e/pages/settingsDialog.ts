import type { Locator, Page } from '@playwright/test';

/** The Settings dialog. */
export class SettingsDialog {
  readonly root: Locator;
  readonly cpuSlots: Locator;
  readonly signal: Locator;
  readonly grace: Locator;
  readonly nvidiaSmi: Locator;
  readonly lookAgainButton: Locator;
  readonly foreign: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('dialog', { name: 'Settings' });
    this.cpuSlots = this.root.getByLabel('CPU slots', { exact: true });
    this.signal = this.root.getByLabel('Stop signal', { exact: true });
    this.grace = this.root.getByLabel('Grace before SIGKILL', { exact: true });
    this.nvidiaSmi = this.root.getByLabel('Path of nvidia-smi', { exact: true });
    this.lookAgainButton = this.root.getByRole('button', { name: 'Look again' });
    this.foreign = this.root.getByLabel('A GPU is busy when others hold', { exact: true });
  }

  /** What the core said about a field. */
  errorAt(field: 'slots' | 'grace' | 'signal' | 'smi' | 'foreign'): Locator {
    return this.root.locator(`#settings-${field}-error`);
  }

  /** Types into a field and leaves it: that saves it. */
  async set(field: Locator, text: string): Promise<void> {
    await field.fill(text);
    await field.press('Enter');
  }

  async chooseTheme(name: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await this.root.getByRole('radio', { name }).click();
  }

  gpu(number: number): Locator {
    return this.root.getByRole('checkbox', { name: `GPU ${number}` });
  }

  async close(): Promise<void> {
    await this.root.getByRole('button', { name: 'Close', exact: true }).click();
    await this.root.waitFor({ state: 'detached' });
  }
}
