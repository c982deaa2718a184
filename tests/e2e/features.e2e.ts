import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { isGone, until } from '../helpers/process.ts';
import { ROOT, test } from './app.ts';
import type { RunningApp } from './app.ts';
import { look } from './look.ts';

const QUICK = `${process.execPath} -e 0`;

/** Starts the app on a machine with simulated GPUs; answers how to change them. */
async function withGpus(app: RunningApp, scenario: object): Promise<(next: object) => void> {
  const file = join(app.home, 'scenario.json');
  const set = (next: object) => writeFileSync(file, JSON.stringify(next));
  set(scenario);
  app.env = { TRAINYARD_SIM_SCENARIO: file, PATH: `${join(ROOT, 'tests/fixtures')}:${process.env['PATH'] ?? ''}` };
  await app.launch();
  await expect(app.queue.gpus.getByText('GPU 0', { exact: true })).toBeVisible();
  return set;
}

function announced(app: RunningApp, count: number): Promise<unknown> {
  return until(`${count} processes`, () => app.processes.length >= count, app.announced);
}

/** The peak memory that the core proposes for the command of a job. */
async function peakOf(app: RunningApp, jobId: number): Promise<number | null> {
  return app.page.evaluate(async (id) => {
    const { trainyard } = globalThis as unknown as {
      trainyard: {
        request(route: string, input: unknown): Promise<{ data: { command: string[]; peakGpuMemoryMiB: number } }>;
      };
    };
    const { data } = await trainyard.request('jobs.get', { jobId: id });
    return (await trainyard.request('jobs.proposal', { command: data.command })).data.peakGpuMemoryMiB;
  }, jobId);
}

test('after three crashes the queue is paused and says so, and Run is beside it', async ({ app }) => {
  await app.submit(app.program('tree.mjs'), { name: 'lives on' });
  await announced(app, 1);
  await app.submit(QUICK, { name: 'waits' });
  for (let crash = 1; crash <= 3; crash += 1) {
    await app.kill();
    await app.launch();
  }
  await expect(app.queue.noticeLines).toContainText('the queue is paused');
  await expect(app.queue.modeButton('Pause')).toBeChecked();
  await expect(app.queue.status(1)).toHaveText('Running');
  await look(app, 'notice');
  await app.queue.runNowButton.click();
  await expect(app.queue.noticeLines).toHaveCount(0);
  await expect(app.queue.modeButton('Run')).toBeChecked();
});

test('the form proposes how a launcher is stopped, says why, and keeps what a person chose', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: 'python train.py' });
  await expect(dialog.presets()).toHaveText(['Plain 10 s', 'At once']);
  await dialog.fill({ command: 'axolotl train config.yml' });
  await expect(dialog.presets()).toHaveText(['Plain 10 s', 'axolotl 35 s', 'At once']);
  await expect(dialog.stopPolicy).toContainText('axolotl saves on SIGINT.');
  await expect(dialog.signal).toHaveValue('SIGINT');
  await expect(dialog.grace).toHaveValue('35');
  await dialog.choosePreset('At once');
  await dialog.fill({ command: 'torchrun train.py' });
  await expect(dialog.stopPolicy).toContainText('torchrun gives its ranks 30 s to save.');
  await expect(dialog.grace).toHaveValue('0');
});

test('a time limit stops a run and says so', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: app.program('tree.mjs'), folder: app.home, timeLimit: 'soon' });
  await dialog.addRefused();
  await expect(dialog.errorAt('limit')).toBeVisible();
  await dialog.fill({ timeLimit: '0.05', timeUnit: 'minutes' });
  await dialog.add();
  await expect(app.queue.status(1)).toHaveText('Failed');
  await expect(app.queue.sentence(1)).toContainText('time limit');
});

test('a job waits for another one, or until it is released; Start next goes before the rest', async ({ app }) => {
  await app.queue.setMode('Pause');
  await app.submit(QUICK, { name: 'first' });
  const held = await app.queue.newRun();
  await held.fill({ command: QUICK, folder: app.home, name: 'held', held: true });
  await held.add();
  const after = await app.queue.newRun();
  await after.fill({ command: QUICK, folder: app.home, name: 'after', after: 2 });
  await look(app, 'compose-after');
  await after.add();
  const next = await app.queue.newRun();
  await next.fill({ command: QUICK, folder: app.home, name: 'next' });
  await next.startNext();
  await expect(app.queue.status(4)).toHaveText('Queued');
  expect(await app.queue.shownJobs()).toEqual([4, 1, 2, 3]);
  await app.queue.setMode('Run');
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(app.queue.sentence(2)).toContainText('held');
  await expect(app.queue.sentence(3)).toContainText('after #2');
});

test('GPUs are chosen by card', async ({ cold: app }) => {
  await withGpus(app, { gpus: 2 });
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: `SIM_GPU_MIB=4000 ${app.program('tree.mjs')}`, folder: app.home, gpus: 1 });
  await dialog.chooseGpus(1);
  await look(app, 'compose-gpus');
  await dialog.add();
  await announced(app, 1);
  await expect(app.queue.row(1).locator('[data-cell="gpus"]')).toHaveText('1');
  await expect(app.queue.gpus.getByRole('button', { name: /#1/ })).toBeVisible();
});

test('the memory of the last run is proposed', async ({ cold: app }) => {
  await withGpus(app, { gpus: 1 });
  const command = `SIM_GPU_MIB=4000 ${app.program('tree.mjs')}`;
  const dialog = await app.queue.newRun();
  await dialog.fill({ command, folder: app.home, gpus: 1 });
  await dialog.add();
  await announced(app, 1);
  await expect.poll(() => peakOf(app, 1)).toBe(4_000);
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  const again = await app.queue.newRun();
  await again.fill({ command, gpus: 1 });
  await again.root.getByRole('button', { name: /^Use \d/ }).click();
  await expect(again.memory).toHaveValue('4');
});

/** A paused queue with so many jobs, submitted past the form: that is tested elsewhere. */
async function withQueue(app: RunningApp, count: number): Promise<void> {
  await app.queue.setMode('Pause');
  for (let id = 1; id <= count; id += 1)
    await app.ask('jobs.submit', { command: [process.execPath, '-e', '0'], cwd: app.home, name: `job ${id}` });
  await expect(app.queue.status(count)).toHaveText('Queued');
}

async function expectOrder(app: RunningApp, ids: readonly number[]): Promise<void> {
  await expect.poll(async () => (await app.queue.shownJobs()).slice(0, ids.length)).toEqual(ids);
}

test('queued jobs are held, released, raised and moved by the menu of their row', async ({ app }) => {
  await withQueue(app, 3);
  await app.queue.chooseInMenu(1, 'Hold');
  await expect(app.queue.sentence(1)).toContainText('Held');
  await app.queue.chooseInMenu(3, 'Move to top');
  await expectOrder(app, [3, 1, 2]);
  await app.queue.chooseInMenu(2, 'Raise priority to 1');
  await expectOrder(app, [2, 3, 1]);
  await expect(app.queue.sentence(2)).toContainText('priority +1');
  await app.queue.chooseInMenu(2, 'Lower priority to 0');
  await expectOrder(app, [3, 1, 2]);
  await app.queue.chooseInMenu(2, 'Move up');
  await expectOrder(app, [3, 2, 1]);
  await app.queue.openMenu(1);
  await look(app, 'row-menu');
  await app.page.keyboard.press('Escape');
  await expect(app.queue.row(1)).toBeFocused();
  await app.queue.setMode('Run');
  await expect(app.queue.status(3)).toHaveText('Completed');
  await expect(app.queue.status(2)).toHaveText('Completed');
  await expect(app.queue.status(1)).toHaveText('Queued');
  await app.queue.releaseButton(1).click();
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('queued jobs are moved with Alt and the arrows, and by dragging', async ({ app }) => {
  await withQueue(app, 4);
  await app.queue.press(4, 'Alt+ArrowUp');
  await expectOrder(app, [1, 2, 4, 3]);
  await app.page.keyboard.press('Alt+ArrowUp');
  await expectOrder(app, [1, 4, 2, 3]);
  await expect(app.queue.row(4)).toBeFocused();
  await app.queue.press(1, 'Alt+ArrowDown');
  await expectOrder(app, [4, 1, 2, 3]);
  await app.queue.dragBefore(3, 1);
  await look(app, 'dragging');
  await app.page.mouse.up();
  await expectOrder(app, [4, 3, 1, 2]);
  await expect(app.queue.panel.root).toHaveCount(0);
  await app.queue.dragBefore(4, 2);
  await app.page.keyboard.press('Escape');
  await app.page.mouse.up();
  await expectOrder(app, [4, 3, 1, 2]);
});

test('several rows are chosen with Ctrl, Shift and the arrows, and leave the queue by one Delete', async ({ app }) => {
  await withQueue(app, 5);
  await app.queue.press(1, 'Shift+ArrowDown', 'Shift+ArrowDown');
  expect(await app.queue.chosenJobs()).toEqual([1, 2, 3]);
  await app.queue.toggle(2);
  await app.queue.toggle(5);
  expect(await app.queue.chosenJobs()).toEqual([1, 3, 5]);
  await look(app, 'chosen');
  await app.queue.openMenu(3);
  await look(app, 'chosen-menu');
  await app.page.keyboard.press('Escape');
  await app.page.keyboard.press('Delete');
  for (const id of [1, 3, 5]) await expect(app.queue.status(id)).toHaveText('Cancelled');
  for (const id of [2, 4]) await expect(app.queue.status(id)).toHaveText('Queued');
  await expect(app.queue.undoToast).toContainText('3 queued jobs cancelled');
  await app.queue.undo();
  for (const id of [1, 3, 5]) await expect(app.queue.status(id)).toHaveText('Queued');
});

test('everything is chosen with Ctrl A; what would stop a run is asked about first', async ({ app }) => {
  await app.submit(app.program('tree.mjs'), { name: 'runs' });
  await app.submit(QUICK, { name: 'waits' });
  await announced(app, 1);
  await app.queue.press(1, 'ControlOrMeta+a', 'Delete');
  const question = app.page.getByRole('alertdialog', { name: 'Cancel 2 jobs?' });
  await expect(question).toContainText('1 run is stopped');
  await look(app, 'question-chosen');
  await question.getByRole('button', { name: 'Cancel 2 jobs' }).click();
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await expect(app.queue.status(2)).toHaveText('Cancelled');
});

test('a finished job is queued again as the same job with a new run', async ({ app }) => {
  await app.submit(QUICK, { name: 'twice' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.queue.requeueButton(1).click();
  await expect.poll(async () => (await app.job(1))['attempt']).toBe(2);
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.queue.chooseInMenu(1, /^Requeue/);
  await expect.poll(async () => (await app.job(1))['attempt']).toBe(3);
});

test('a process that an earlier run left behind is listed, and stopped with its button', async ({ cold: app }) => {
  await withGpus(app, { gpus: 2 });
  await app.submit(app.program('tree.mjs', '--levels', '2'), { name: 'left behind' });
  await announced(app, 2);
  await app.kill();
  // The database is gone, the processes are not.
  for (const file of readdirSync(app.data)) if (file.startsWith('queue.sqlite')) rmSync(join(app.data, file));
  await app.launch();
  await expect(app.queue.orphans.getByRole('listitem').first()).toContainText('of #1');
  await look(app, 'orphans');
  await app.queue.stopOrphanButtons.first().click();
  await expect(app.queue.orphans).toHaveCount(0);
  await until('all are gone', () => app.processes.every(isGone), app.announced);
});

test('each job has its own segment on the GPU, and others are hatched', async ({ cold: app }) => {
  await withGpus(app, { gpus: 2, foreign: [{ pid: process.pid, gpu: 0, name: 'python', memoryMiB: 300, type: 'C' }] });
  for (const [id, mib] of [
    [1, 6_000],
    [2, 9_000],
  ] as const) {
    const dialog = await app.queue.newRun();
    await dialog.fill({
      command: `SIM_GPU_MIB=${mib} ${app.program('tree.mjs', '--name', `job${id}`)}`,
      folder: app.home,
      name: `shares ${id}`,
      gpus: 1,
      memoryGiB: '10',
    });
    await dialog.chooseGpus(0);
    await dialog.add();
    await announced(app, id);
  }
  const first = app.queue.gpus.getByRole('region', { name: /^GPU 0/ });
  await expect(first.getByRole('button', { name: /#1 shares 1, 5\.9 GiB/ })).toBeVisible();
  await expect(first.getByRole('button', { name: /#2 shares 2, 8\.8 GiB/ })).toBeVisible();
  await expect(first.getByTitle(/python.*not ours/)).toBeVisible();
  await look(app, 'gpu-segments');
  await first.getByRole('button', { name: /#2/ }).click();
  await expect(app.queue.row(2)).toHaveAttribute('aria-selected', 'true');
});

test('the curves of a run come from its log, and grow while it is looked at', async ({ app }) => {
  const gate = join(app.home, 'gate');
  const script = join(app.home, 'train.mjs');
  writeFileSync(
    script,
    `import { existsSync } from 'node:fs';
const print = (from, to) => {
  for (let step = from; step < to; step += 10)
    console.log('step=' + step + ' loss=' + (4 / Math.log(step + 3)).toFixed(4) + ' lr=' + (3e-4 * (1 - step / 4000)).toExponential(3));
};
print(10, 2000);
console.log(JSON.stringify({ step: 2000, val_loss: 0.75 }));
setInterval(() => { if (existsSync(${JSON.stringify(gate)})) { print(2000, 3001); process.exit(0); } }, 50);
`,
  );
  await app.submit(`${process.execPath} ${script}`, { name: 'curved' });
  const panel = await app.queue.select(1);
  await panel.open('Curves');
  await expect(panel.plot('loss')).toHaveAttribute('aria-label', /to 0\.526 at step 1,990/);
  await expect(panel.plot('lr')).toBeVisible();
  await look(app, 'curves');
  await panel.plot('loss').hover({ position: { x: 200, y: 60 } });
  await expect(panel.plotHead('loss')).not.toContainText('step 1,990');
  const drawn = await panel
    .plot('loss')
    .locator('canvas')
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      return data.some((value) => value !== 0);
    });
  expect(drawn, 'something was drawn').toBe(true);
  writeFileSync(gate, '');
  await expect(panel.plot('loss')).toHaveAttribute('aria-label', /at step 3,000/);
});

test('a failed run shows the last lines of its log in its details', async ({ app }) => {
  await app.submit(`${process.execPath} -e "console.error('CUDA is on fire'); process.exit(3)"`, { name: 'fails' });
  await expect(app.queue.status(1)).toHaveText('Failed');
  const panel = await app.queue.select(1);
  await expect(await panel.open('Details')).toContainText('CUDA is on fire');
  await look(app, 'last-lines');
});
