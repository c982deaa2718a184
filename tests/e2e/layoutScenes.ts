import type { Page } from '@playwright/test';

const COMMAND =
  'OMP_NUM_THREADS=8 WANDB_API_KEY=abc torchrun --standalone --nproc-per-node=2 train_gpt.py --config configs/gpt2_350m.yaml --run-name "lr 6e-4, warmup 700" --lr 6e-4 > $HOME/log';

/** The states of the window that layout is looked at in, and how each is reached in the page, by clicks. */
export const SCENES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  window: async (page) => {
    await page.locator('[data-job-id="148"] [data-cell="status"]').click();
    await page.getByLabel('Search in log').fill('val_loss');
  },
  curves: async (page) => {
    await page.locator('[data-job-id="148"] [data-cell="status"]').click();
    await page.getByRole('tab', { name: 'Curves' }).click();
  },
  details: (page) => page.getByRole('button', { name: 'Details of #139' }).click(),
  receipt: (page) => page.getByRole('button', { name: 'Receipt of #144' }).click(),
  compose: async (page) => {
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByLabel('Command', { exact: true }).fill(COMMAND);
    await page.getByRole('button', { name: 'Use 2 GPUs' }).click();
    await page.getByRole('button', { name: 'Add variable' }).click();
    await page.getByLabel('Variable 1', { exact: true }).fill('HF_TOKEN');
    await page.getByLabel('Value of HF_TOKEN').fill('secret');
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
  },
  'compose-refused': async (page) => {
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByLabel('Command', { exact: true }).fill('python train.py');
    await page.getByLabel('Folder', { exact: true }).fill('/missing');
    await page.getByRole('button', { name: 'Add to queue' }).click();
    await page.getByRole('alert').filter({ hasText: 'does not exist' }).waitFor();
  },
  more: (page) => page.getByRole('button', { name: 'More', exact: true }).click(),
  sort: (page) => page.getByRole('button', { name: /^Sort and filter/ }).click(),
  'row-menu': (page) => page.locator('[data-job-id="152"] [data-cell="status"]').click({ button: 'right' }),
  question: async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Cancel everything' }).click();
  },
  settings: async (page) => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  },
  undo: (page) => page.getByRole('button', { name: 'Cancel #153' }).click(),
  gone: async (page) => {
    await page.evaluate('fakeCore.fail("gone")');
    await page.getByRole('button', { name: 'Cancel #148' }).click();
    await page.getByRole('button', { name: 'Reconnect' }).waitFor();
  },
  'no-match': (page) => page.getByLabel('Search jobs').fill('nothing like this'),
  empty: () => Promise.resolve(),
  failing: () => Promise.resolve(),
};
