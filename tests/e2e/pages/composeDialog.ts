import type { Locator, Page } from '@playwright/test';

/** What can be filled in; fields left out stay as they are. */
export interface ComposeFields {
  readonly command?: string;
  readonly folder?: string;
  readonly name?: string;
  readonly gpus?: number;
  readonly memoryGiB?: string;
  readonly signal?: string;
  readonly grace?: string;
  readonly timeLimit?: string;
  readonly timeUnit?: 'minutes' | 'hours';
  /** Number of the job it waits for. */
  readonly after?: number;
  readonly held?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The New run dialog. */
export class ComposeDialog {
  readonly root: Locator;
  readonly command: Locator;
  readonly folder: Locator;
  readonly name: Locator;
  readonly gpus: Locator;
  readonly memory: Locator;
  readonly signal: Locator;
  readonly grace: Locator;
  readonly timeLimit: Locator;
  readonly timeUnit: Locator;
  readonly after: Locator;
  readonly held: Locator;
  /** What the form says about the stop: why this preset, and what a cancel does. */
  readonly stopPolicy: Locator;
  readonly addButton: Locator;
  readonly startNextButton: Locator;
  readonly closeButton: Locator;
  /** Refusals, each at its field. */
  readonly errors: Locator;
  /** How the command is read, word by word. */
  readonly words: Locator;
  /** What would become of it if it were added now. */
  readonly happens: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('dialog', { name: 'New run' });
    this.command = this.root.getByLabel('Command', { exact: true });
    this.folder = this.root.getByLabel('Folder', { exact: true });
    this.name = this.root.getByLabel('Name', { exact: true });
    this.gpus = this.root.getByLabel('GPUs', { exact: true });
    this.memory = this.root.getByLabel('Memory per GPU', { exact: true });
    this.signal = this.root.getByLabel('Signal', { exact: true });
    this.grace = this.root.getByLabel('Grace', { exact: true });
    this.timeLimit = this.root.getByLabel('Time limit', { exact: true });
    this.timeUnit = this.root.getByLabel('Unit of the time limit');
    this.after = this.root.getByLabel('After job', { exact: true });
    this.held = this.root.getByRole('checkbox', { name: /^Hold/ });
    this.stopPolicy = this.root.getByRole('group', { name: 'When it is cancelled' });
    this.startNextButton = this.root.getByRole('button', { name: 'Start next' });
    this.addButton = this.root.getByRole('button', { name: 'Add to queue' });
    this.closeButton = this.root.getByRole('button', { name: 'Close', exact: true });
    this.errors = this.root.getByRole('alert');
    this.happens = this.root.getByRole('region', { name: 'What will happen' });
    this.words = this.root.getByRole('group', { name: 'How the command is read' });
  }

  /** The refusal shown at a field. */
  errorAt(
    field: 'command' | 'cwd' | 'name' | 'env' | 'gpus' | 'memory' | 'signal' | 'grace' | 'limit' | 'after',
  ): Locator {
    return this.root.locator(`#compose-${field}-error`);
  }

  async fill(fields: ComposeFields): Promise<void> {
    if (fields.command !== undefined) await this.command.fill(fields.command);
    if (fields.folder !== undefined) await this.folder.fill(fields.folder);
    if (fields.name !== undefined) await this.name.fill(fields.name);
    if (fields.gpus !== undefined) await this.gpus.fill(String(fields.gpus));
    if (fields.memoryGiB !== undefined) await this.memory.fill(fields.memoryGiB);
    if (fields.signal !== undefined) await this.signal.selectOption(fields.signal);
    if (fields.grace !== undefined) await this.grace.fill(fields.grace);
    if (fields.timeLimit !== undefined) await this.timeLimit.fill(fields.timeLimit);
    if (fields.timeUnit !== undefined) await this.timeUnit.selectOption(fields.timeUnit);
    if (fields.after !== undefined) await this.after.selectOption(String(fields.after));
    if (fields.held !== undefined) await this.held.setChecked(fields.held);
    for (const [name, value] of Object.entries(fields.environment ?? {})) await this.addVariable(name, value);
  }

  async addVariable(name: string, value: string): Promise<void> {
    await this.root.getByRole('button', { name: 'Add variable' }).click();
    const row = this.root.getByRole('table', { name: 'Environment' }).getByRole('row').last();
    await row.getByLabel(/^Variable \d+$/).fill(name);
    await row.getByLabel(`Value of ${name}`, { exact: true }).fill(value);
  }

  /** The tick of a variable that says whether it is secret. */
  secretTick(name: string): Locator {
    return this.root.getByRole('checkbox', { name: `Secret: ${name}`, exact: true });
  }

  /** The field with the value of a variable. */
  valueOf(name: string): Locator {
    return this.root.getByLabel(`Value of ${name}`, { exact: true });
  }

  /** Names the GPUs that will do, by their numbers. */
  async chooseGpus(...numbers: readonly number[]): Promise<void> {
    await this.root.getByRole('radio', { name: 'Choose…' }).click();
    for (const number of numbers) await this.root.getByRole('checkbox', { name: `GPU ${number}` }).check();
  }

  /** The stop policies that are offered. */
  presets(): Locator {
    return this.root.getByRole('radiogroup', { name: 'Preset' }).getByRole('radio');
  }

  /** Adds the job at the head of the queue and waits until the core took it. */
  async startNext(): Promise<void> {
    await this.startNextButton.click();
    await this.root.waitFor({ state: 'detached' });
  }

  /** Chooses a stop policy by its button. */
  async choosePreset(label: string | RegExp): Promise<void> {
    await this.root.getByRole('radiogroup', { name: 'Preset' }).getByRole('radio', { name: label }).click();
  }

  /** Adds the job and waits until the core took it. */
  async add(): Promise<void> {
    await this.addButton.click();
    await this.root.waitFor({ state: 'detached' });
  }

  /** Sends the form where a refusal is expected. */
  async addRefused(): Promise<void> {
    await this.addButton.click();
    await this.errors.first().waitFor();
  }

  async close(): Promise<void> {
    await this.closeButton.click();
  }
}
