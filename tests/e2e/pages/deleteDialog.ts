import type { Locator, Page } from '@playwright/test';

/** The question before finished jobs are deleted with their files. */
export class DeleteDialog {
  readonly root: Locator;
  readonly deleteButton: Locator;
  readonly closeButton: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('alertdialog', { name: /^Delete \d+ jobs?\?/ });
    this.deleteButton = this.root.getByRole('button', { name: /^Delete \d+ jobs?$/ });
    this.closeButton = this.root.getByRole('button', { name: 'Close', exact: true });
  }

  async confirm(): Promise<void> {
    await this.deleteButton.click();
    await this.root.waitFor({ state: 'detached' });
  }
}
