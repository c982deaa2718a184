import type { Locator, Page } from '@playwright/test';

/** The panel at the foot of the window: log, details and receipt of the selected job. */
export class JobPanel {
  readonly root: Locator;
  readonly log: Locator;
  readonly searchBox: Locator;
  readonly hits: Locator;
  /** What is said of the search in the whole log. */
  readonly wholeLog: Locator;
  readonly followButton: Locator;
  readonly closeButton: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('complementary', { name: 'Job details' });
    this.log = this.root.getByRole('log');
    this.searchBox = this.root.getByLabel('Search in log');
    this.hits = this.root.getByRole('status', { name: 'Hits in log' });
    this.wholeLog = this.root.getByRole('status', { name: 'Search in the whole log' });
    this.followButton = this.root.getByRole('button', { name: 'Follow' });
    this.closeButton = this.root.getByRole('button', { name: 'Close panel' });
  }

  tab(name: 'Log' | 'Curves' | 'Details' | 'Receipt'): Locator {
    return this.root.getByRole('tab', { name, exact: true });
  }

  /** Opens a tab and answers its content. */
  async open(name: 'Log' | 'Curves' | 'Details' | 'Receipt'): Promise<Locator> {
    await this.tab(name).click();
    return this.root.getByRole('tabpanel');
  }

  /** A line of the log that is in view. */
  line(text: string | RegExp): Locator {
    return this.log.locator('[data-index]').filter({ hasText: text });
  }

  /** The plot of a metric; its label says what it shows. */
  plot(name: string): Locator {
    return this.root.getByRole('img', { name: new RegExp(`^${name}:`) });
  }

  /** The head of a plot: the metric, and its value at the end or under the pointer. */
  plotHead(name: string): Locator {
    const heading = this.root.page().getByRole('heading', { name, exact: true });
    return this.root.locator('figcaption').filter({ has: heading });
  }

  /** The steps of the receipt, in order. */
  receiptSteps(): Locator {
    return this.root.getByRole('tabpanel').locator('ol > li');
  }

  /** A line of the details: its name and what it says. */
  fact(name: string): Locator {
    return this.root
      .locator('dt')
      .filter({ hasText: new RegExp(`^${name}$`) })
      .locator('xpath=following-sibling::dd[1]');
  }

  /** The processes of the receipt, one a row. */
  get members(): Locator {
    return this.root.getByRole('table', { name: 'Processes of the run' }).locator('tbody > tr');
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }

  async searchLog(text: string): Promise<void> {
    await this.searchBox.fill(text);
  }

  async close(): Promise<void> {
    await this.closeButton.click();
  }
}
