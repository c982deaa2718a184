import type { Locator, Page } from '@playwright/test';

/** The sections of the settings, as they are called. */
export type Section = 'Queue' | 'GPUs' | 'Slurm' | 'Logs' | 'Notifications' | 'Window' | 'Services';

/** The Settings dialog. A field is there while its section is open. */
export class SettingsDialog {
  readonly root: Locator;
  readonly cpuSlots: Locator;
  readonly signal: Locator;
  readonly grace: Locator;
  readonly afterRestart: Locator;
  readonly whenDone: Locator;
  readonly nvidiaSmi: Locator;
  readonly lookAgainButton: Locator;
  readonly foreign: Locator;
  readonly days: Locator;
  readonly gib: Locator;
  /** The sentence on what logs take on disk. */
  readonly diskUse: Locator;
  readonly quit: Locator;
  readonly port: Locator;
  readonly webhook: Locator;
  readonly secret: Locator;
  readonly removeSecretButton: Locator;
  readonly hook: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('dialog', { name: 'Settings' });
    this.cpuSlots = this.root.getByLabel('CPU slots', { exact: true });
    this.signal = this.root.getByLabel('Stop signal', { exact: true });
    this.grace = this.root.getByLabel('Grace before SIGKILL', { exact: true });
    this.afterRestart = this.root.getByLabel('After a start of the app the queue', { exact: true });
    this.whenDone = this.root.getByLabel('When the last run has ended', { exact: true });
    this.nvidiaSmi = this.root.getByLabel('Path of nvidia-smi', { exact: true });
    this.lookAgainButton = this.root.getByRole('button', { name: 'Look again' });
    this.foreign = this.root.getByLabel('A GPU is busy when others hold', { exact: true });
    this.days = this.root.getByLabel('Keep logs of finished runs for', { exact: true });
    this.gib = this.root.getByLabel('Keep all logs together below', { exact: true });
    this.diskUse = this.root.getByText(/^The logs and records of \d+ runs? take/);
    this.quit = this.root.getByLabel('Quit, while runs are live,', { exact: true });
    this.port = this.root.getByLabel('Port', { exact: true });
    this.webhook = this.root.getByLabel('Webhook', { exact: true });
    this.secret = this.root.getByLabel('Webhook key', { exact: true });
    this.removeSecretButton = this.root.getByRole('button', { name: 'Remove key' });
    this.hook = this.root.getByLabel('Hook command', { exact: true });
  }

  tab(section: string): Locator {
    return this.root.getByRole('tab', { name: section, exact: true });
  }

  /** Opens a section. */
  async open(section: Section): Promise<void> {
    await this.tab(section).click();
  }

  /** What the core said about a field. */
  errorAt(
    field: 'slots' | 'grace' | 'signal' | 'smi' | 'foreign' | 'days' | 'gib' | 'port' | 'webhook' | 'secret' | 'hook',
  ): Locator {
    return this.root.locator(`#settings-${field}-error`);
  }

  /** Types into a field and leaves it: that saves it. */
  async set(field: Locator, text: string): Promise<void> {
    await field.fill(text);
    await field.press('Enter');
  }

  check(label: string | RegExp): Locator {
    return this.root.getByRole('checkbox', { name: label });
  }

  async chooseTheme(name: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await this.open('Window');
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
