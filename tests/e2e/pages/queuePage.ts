import type { Locator, Page } from '@playwright/test';
import { ComposeDialog } from './composeDialog.ts';
import { JobPanel } from './jobPanel.ts';
import { SettingsDialog } from './settingsDialog.ts';

/** The words a row's status cell can show. */
export type StatusWord =
  | 'Queued'
  | 'Pending'
  | 'Running'
  | 'Completed'
  | 'Failed'
  | 'Cancelled'
  | 'Cancelling'
  | 'Stuck';

/** The window as a person uses it: the header, the GPU strip and the job table. */
export class QueuePage {
  readonly page: Page;
  readonly table: Locator;
  readonly gpus: Locator;
  readonly newRunButton: Locator;
  readonly searchBox: Locator;
  readonly noticeLines: Locator;
  readonly undoToast: Locator;
  readonly startSampleButton: Locator;
  readonly panel: JobPanel;

  constructor(page: Page) {
    this.page = page;
    this.table = page.getByRole('grid', { name: 'Jobs' });
    this.gpus = page.getByRole('region', { name: 'GPUs' });
    this.newRunButton = page.getByRole('banner').getByRole('button', { name: 'New run' });
    this.searchBox = page.getByRole('searchbox', { name: 'Search jobs' });
    this.noticeLines = page.locator('[data-region="notices"]').getByRole('alert');
    this.undoToast = page.getByRole('region', { name: 'Undo' });
    this.startSampleButton = page.getByRole('button', { name: 'Start a sample run' });
    this.panel = new JobPanel(page);
  }

  /** The row of a job. */
  row(jobId: number): Locator {
    return this.table.locator(`[data-job-id="${jobId}"]`);
  }

  /** The status cell of a job; its text is exactly a {@link StatusWord}. */
  status(jobId: number): Locator {
    return this.row(jobId).locator('[data-cell="status"]');
  }

  /** What the row says about the job: blocker, stop, error or receipt, with the seconds left of a stop. */
  sentence(jobId: number): Locator {
    return this.row(jobId).locator('[data-cell="sentence"]');
  }

  /** The progress cell of a running job whose log tells its progress. */
  progress(jobId: number): Locator {
    return this.row(jobId).getByRole('progressbar');
  }

  cancelButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Cancel #${jobId}`, exact: true });
  }

  forceButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Force #${jobId} now`, exact: true });
  }

  waitLongerButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Wait longer for #${jobId}`, exact: true });
  }

  receiptButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Receipt of #${jobId}`, exact: true });
  }

  runAgainButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Run #${jobId} again`, exact: true });
  }

  requeueButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Requeue #${jobId}`, exact: true });
  }

  releaseButton(jobId: number): Locator {
    return this.row(jobId).getByRole('button', { name: `Release #${jobId}`, exact: true });
  }

  /** Opens the menu of a row with the right button. */
  async openMenu(jobId: number): Promise<Locator> {
    await this.row(jobId).locator('[data-cell="status"]').click({ button: 'right' });
    return this.page.getByRole('menu');
  }

  /** Chooses an entry of the menu of a row; where several rows are chosen, it acts on all of them. */
  async chooseInMenu(jobId: number, entry: string | RegExp): Promise<void> {
    const menu = await this.openMenu(jobId);
    await menu.getByRole('menuitem', { name: entry }).click();
    await menu.waitFor({ state: 'detached' });
  }

  /** Adds a row to the chosen ones, or takes it out. */
  async toggle(jobId: number): Promise<void> {
    await this.row(jobId)
      .locator('[data-cell="status"]')
      .click({ modifiers: ['ControlOrMeta'] });
  }

  /** Presses keys on a row, as a person does who uses no mouse. */
  async press(jobId: number, ...keys: readonly string[]): Promise<void> {
    await this.row(jobId).focus();
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Drags a queued row with the pointer to before another one; answers before the button is let go. */
  async dragBefore(jobId: number, before: number): Promise<void> {
    const from = await this.row(jobId).locator('[data-cell="status"]').boundingBox();
    const to = await this.row(before).boundingBox();
    if (from === null || to === null) throw new Error('a row that is dragged must be in view');
    await this.page.mouse.move(from.x + 40, from.y + 8);
    await this.page.mouse.down();
    await this.page.mouse.move(to.x + 60, to.y + 12, { steps: 5 });
    await this.page.mouse.move(to.x + 60, to.y + 2, { steps: 2 });
  }

  /** The numbers of the chosen jobs, from top to bottom. */
  async chosenJobs(): Promise<number[]> {
    const rows = await this.table.locator('[data-job-id][aria-selected="true"]').all();
    return Promise.all(rows.map(async (row) => Number(await row.getAttribute('data-job-id'))));
  }

  /** The numbers of the jobs that are drawn, from top to bottom. */
  async shownJobs(): Promise<number[]> {
    const rows = await this.table.locator('[data-job-id]').all();
    const ids = await Promise.all(rows.map((row) => row.getAttribute('data-job-id')));
    return ids.map(Number);
  }

  /** Selects a job by clicking its row, and opens the panel. */
  async select(jobId: number): Promise<JobPanel> {
    await this.row(jobId).locator('[data-cell="status"]').click();
    return this.panel;
  }

  async cancel(jobId: number): Promise<void> {
    await this.cancelButton(jobId).click();
  }

  async force(jobId: number): Promise<void> {
    await this.forceButton(jobId).click();
  }

  /** Presses Delete on a job's row, as a person does who uses no mouse. Works on finished jobs too. */
  async cancelByKey(jobId: number): Promise<void> {
    await this.row(jobId).focus();
    await this.page.keyboard.press('Delete');
  }

  async undo(): Promise<void> {
    await this.undoToast.getByRole('button', { name: 'Undo' }).click();
  }

  /** Opens the New run dialog. */
  async newRun(): Promise<ComposeDialog> {
    await this.newRunButton.click();
    const dialog = new ComposeDialog(this.page);
    await dialog.root.waitFor();
    return dialog;
  }

  /** Opens the New run dialog filled in from a job. */
  async runAgain(jobId: number): Promise<ComposeDialog> {
    await this.runAgainButton(jobId).click();
    const dialog = new ComposeDialog(this.page);
    await dialog.root.waitFor();
    return dialog;
  }

  /** Opens the settings by the More menu. */
  async openSettings(): Promise<SettingsDialog> {
    await this.page.getByRole('button', { name: 'More', exact: true }).click();
    await this.page.getByRole('menuitem', { name: 'Settings' }).click();
    const dialog = new SettingsDialog(this.page);
    await dialog.root.waitFor();
    return dialog;
  }

  async startSample(): Promise<void> {
    await this.startSampleButton.click();
  }

  /** Switches the queue to Run, Drain or Pause. */
  async setMode(mode: 'Run' | 'Drain' | 'Pause'): Promise<void> {
    await this.modeButton(mode).click();
  }

  modeButton(mode: 'Run' | 'Drain' | 'Pause'): Locator {
    return this.page.getByRole('radiogroup', { name: 'Queue' }).getByRole('radio', { name: mode });
  }

  /** The line that says why the queue waits for a person, and its Run button. */
  get runNowButton(): Locator {
    return this.page.locator('[data-region="notices"]').getByRole('button', { name: 'Run the queue' });
  }

  /** What earlier runs left behind. */
  get orphans(): Locator {
    return this.gpus.getByRole('region', { name: 'Left behind by earlier runs' });
  }

  get stopOrphanButtons(): Locator {
    return this.orphans.getByRole('button', { name: /^Stop process/ });
  }

  /** A count in the header that filters the table. */
  count(word: 'running' | 'queued' | 'cancelling' | 'stuck'): Locator {
    return this.page
      .getByRole('group', { name: 'Filter by state' })
      .getByRole('button', { name: new RegExp(`\\b${word}\\b`) });
  }

  /** The button at the end of the column heads that sorts, and filters by how jobs ended. */
  get sortButton(): Locator {
    return this.table.getByRole('button', { name: /^Sort and filter/ });
  }

  /** Sorts by the menu; the same key again turns the order round. */
  async sortBy(key: 'Usual order' | 'Number' | 'Name' | 'Time' | 'Status' | 'Duration'): Promise<void> {
    await this.sortButton.click();
    await this.page.getByRole('menuitemradio', { name: key }).click();
    await this.page.getByRole('menu').waitFor({ state: 'detached' });
  }

  /** Shows only jobs that ended so. */
  async showOnly(status: 'Completed' | 'Failed' | 'Cancelled'): Promise<void> {
    await this.sortButton.click();
    await this.page.getByRole('menuitemradio', { name: status }).click();
    await this.page.getByRole('menu').waitFor({ state: 'detached' });
  }

  /** The head of a column; a click sorts by it. */
  columnHead(name: 'Status' | 'Job' | 'Elapsed'): Locator {
    return this.table.getByRole('columnheader', { name, exact: true });
  }

  /** Cancels all queued jobs, or everything, by the More menu and its question. */
  async cancelMany(which: 'queued' | 'everything'): Promise<void> {
    await this.page.getByRole('button', { name: 'More', exact: true }).click();
    const entry = which === 'queued' ? /^Cancel all queued/ : /^Cancel everything/;
    await this.page.getByRole('menuitem', { name: entry }).click();
    await this.page
      .getByRole('alertdialog')
      .getByRole('button', { name: /^Cancel \d+/ })
      .click();
  }

  /** Shows the queued jobs that are folded, if there are any. */
  async showAllQueued(): Promise<void> {
    const button = this.table.getByRole('button', { name: 'Show all queued' });
    if (await button.isVisible()) await button.click();
  }
}
