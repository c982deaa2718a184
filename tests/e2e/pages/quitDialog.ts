import type { Locator, Page } from '@playwright/test';

/** What the window shows while the app is being quit with live runs. */
export class QuitDialog {
  readonly root: Locator;
  readonly keepButton: Locator;
  readonly cancelButton: Locator;
  readonly stayButton: Locator;
  readonly remember: Locator;
  /** Off until the last deadline is over. */
  readonly anywayButton: Locator;

  constructor(page: Page) {
    this.root = page.getByRole('alertdialog', { name: /^(Quit while|Stopping) / });
    this.keepButton = this.root.getByRole('button', { name: 'Keep runs going' });
    this.cancelButton = this.root.getByRole('button', { name: 'Cancel runs and quit' });
    this.stayButton = this.root.getByRole('button', { name: 'Stay' });
    this.remember = this.root.getByRole('checkbox');
    this.anywayButton = this.root.getByRole('button', { name: /^Quit anyway/ });
  }

  /** The line of one run. */
  run(jobId: number): Locator {
    return this.root.locator(`[data-quit-job="${jobId}"]`);
  }
}
