import { expect } from '@playwright/test';
import { slurmMissing, startSlurm } from '../helpers/slurmCluster.ts';
import { RunningApp, test } from './app.ts';

const missing = slurmMissing();

test('a job goes to Slurm from the window and is cancelled there; its partitions stand in the strip', async () => {
  test.skip(missing !== null, missing ?? '');
  test.setTimeout(240_000);
  await using cluster = await startSlurm();
  const app = new RunningApp();
  app.env = cluster.env;
  try {
    const queue = await app.launch();
    const { page } = app;

    const settings = await queue.openSettings();
    await settings.open('Slurm');
    await settings.root.getByRole('radio', { name: 'This host' }).click();
    await expect(settings.root.getByText('yard answers: Slurm', { exact: false })).toBeVisible({ timeout: 60_000 });
    await app.shoot('slurm-settings');
    await settings.close();

    const strip = page.getByRole('group', { name: 'Slurm partitions, this host' });
    await expect(
      strip.getByRole('region', { name: 'Partition gpu, 0 of 2 GPUs allocated, 2 idle, 0 down' }),
    ).toBeVisible();

    const dialog = await queue.newRun();
    await dialog.root.getByRole('radio', { name: 'Slurm, this host' }).click();
    await expect(dialog.root.getByText(/^gpu: 2 of 2 GPUs idle; .* unless a limit is set/)).toBeVisible();
    await dialog.root.getByLabel('Partition', { exact: true }).selectOption('gpu');
    const command = `sh -c 'echo step 1/9; trap "echo saved; exit 0" TERM; while :; do sleep 0.2; done'`;
    await dialog.fill({ command, folder: app.home, name: 'far away', gpus: 1, timeLimit: '30', timeUnit: 'minutes' });
    await app.shoot('slurm-compose');
    await dialog.root.getByLabel('Options for sbatch', { exact: true }).fill('--output=/tmp/mine');
    await dialog.addRefused();
    await expect(dialog.errors.first()).toContainText('--output is set by Trainyard');
    await dialog.root.getByLabel('Options for sbatch', { exact: true }).fill('');
    await dialog.add();

    const row = queue.row(1);
    await expect(row).toContainText('Running', { timeout: 60_000 });
    await expect(row).toContainText('Slurm 1');
    await expect(
      strip.getByRole('region', { name: 'Partition gpu, 1 of 2 GPUs allocated, 1 idle, 0 down' }),
    ).toBeVisible({
      timeout: 60_000,
    });
    // A second one that has to wait: it says why, and is counted as pending.
    const second = await queue.newRun();
    await second.root.getByRole('radio', { name: 'Slurm, this host' }).click();
    await second.fill({ command: 'true', folder: app.home, gpus: 2 });
    await second.add();
    await expect(queue.row(2)).toContainText('waits in Slurm, partition gpu', { timeout: 60_000 });
    await expect(page.getByRole('button', { name: /^1 pending/ })).toBeVisible();
    await queue.select(1);
    await app.shoot('slurm-window');

    await queue.cancel(2);
    await expect(queue.row(2)).toContainText('Cancelled', { timeout: 60_000 });
    await queue.cancel(1);
    await expect(queue.row(1)).toContainText('Cancelled', { timeout: 60_000 });
    const panel = await queue.select(1);
    await page.getByRole('tab', { name: 'Receipt' }).click();
    await expect(panel.root.getByText('has left COMPLETING', { exact: false })).toBeVisible();
    await app.shoot('slurm-receipt');
    expect((await cluster.run('squeue', ['-h'])).trim()).toBe('');
  } finally {
    await app.end();
  }
});
