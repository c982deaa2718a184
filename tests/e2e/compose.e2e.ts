import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { test } from './app.ts';
import type { RunningApp } from './app.ts';
import { look } from './look.ts';
import { ComposeDialog } from './pages/composeDialog.ts';

/** Drags files over the window, as the desktop's file manager does, and drops them unless `hover`. */
async function drop(app: RunningApp, files: readonly string[], { hover = false } = {}): Promise<void> {
  const session = await app.page.context().newCDPSession(app.page);
  const at = { x: 400, y: 300, data: { items: [], files: [...files], dragOperationsMask: 1 } };
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at });
  if (!hover) await session.send('Input.dispatchDragEvent', { type: 'drop', ...at });
  await session.detach();
}

function project(app: RunningApp): string {
  const folder = join(app.home, 'project');
  mkdirSync(folder);
  writeFileSync(join(folder, 'train.py'), 'print("hello")\n');
  writeFileSync(join(folder, 'config.yaml'), 'lr: 1\n');
  writeFileSync(join(folder, 'go.sh'), 'echo hello\n');
  writeFileSync(join(folder, 'run'), '#!/bin/sh\necho hello\n');
  chmodSync(join(folder, 'run'), 0o755);
  return folder;
}

test('a script that is dropped on the window opens New run with its interpreter and folder, and runs', async ({
  app,
}) => {
  const folder = project(app);
  const dialog = new ComposeDialog(app.page);
  await drop(app, [join(folder, 'train.py')], { hover: true });
  const words = app.page.getByText('Drop a script or a folder: New run opens, filled in');
  await expect(words).toBeVisible();
  await look(app, 'drop');
  await drop(app, [join(folder, 'train.py')]);
  await expect(words).toHaveCount(0);
  await expect(dialog.command).toHaveValue('python3 train.py');
  await expect(dialog.folder).toHaveValue(folder);
  // A project's own Python is used before the machine's.
  mkdirSync(join(folder, '.venv/bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, '.venv/bin/python'));
  await drop(app, [join(folder, 'train.py'), join(folder, 'config.yaml')]);
  await expect(dialog.command).toHaveValue('.venv/bin/python train.py config.yaml');
  await drop(app, [join(folder, 'go.sh')]);
  await expect(dialog.command).toHaveValue('sh go.sh');
  await drop(app, [join(folder, 'run')]);
  await expect(dialog.command).toHaveValue('./run');
  await dialog.add();
  await expect(app.queue.status(1)).toHaveText('Completed');
});

test('a folder fills in the folder; what nothing runs, and two scripts at once, say so and open nothing', async ({
  app,
}) => {
  const folder = project(app);
  await drop(app, [join(folder, 'config.yaml')]);
  await expect(app.queue.noticeLines).toContainText('config.yaml is no script that is known and no program.');
  await drop(app, [join(folder, 'go.sh'), join(folder, 'train.py')]);
  await expect(app.queue.noticeLines).toContainText('2 scripts were dropped. Drop one at a time');
  const dialog = new ComposeDialog(app.page);
  await expect(dialog.root).toHaveCount(0);
  await drop(app, [folder]);
  await expect(dialog.folder).toHaveValue(folder);
  await expect(dialog.command).toHaveValue('');
});

test('the form says what will happen, in the scheduler’s words, and changes with the queue', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: 'true', folder: app.home });
  await expect(dialog.happens).toContainText('Starts at once in a CPU slot.');
  await dialog.close();
  await app.submit(app.program('tree.mjs'));
  await expect(app.queue.status(1)).toHaveText('Running');
  const second = await app.queue.newRun();
  await second.fill({ command: 'true', folder: app.home });
  await expect(second.happens).toContainText('Waits for the CPU slot.');
  await second.fill({ after: 1 });
  await expect(second.happens).toContainText('After #1, which is running.');
  await second.fill({ gpus: 1 });
  await expect(second.happens).toContainText('CUDA_VISIBLE_DEVICES');
});

test('the same submission is there as a line for the terminal, without the values of secrets', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({
    command: 'WANDB_API_KEY=abc123 torchrun --nproc-per-node=2 train.py --name "a b"',
    folder: app.home,
    gpus: 1,
    timeLimit: '2',
  });
  await dialog.root.getByRole('button', { name: 'Use 2 GPUs' }).click();
  await expect(dialog.gpus).toHaveValue('2');
  await dialog.root.getByRole('button', { name: 'Copy as a line for the terminal' }).click();
  await expect
    .poll(() => app.electron.evaluate(({ clipboard }) => clipboard.readText()))
    .toBe(
      `trainyard submit --cwd ${app.home} --gpus 2 --secret-env WANDB_API_KEY --time-limit 7200 -- torchrun --nproc-per-node=2 train.py --name 'a b'`,
    );
  await expect(dialog.root).not.toContainText('abc123 train');
  await look(app, 'compose-extras');
});

test('a variable that is ticked as secret is masked in the form and in Details, and ticked when it is run again', async ({
  app,
}) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({
    command: 'SITE=hunter2 true',
    folder: app.home,
    environment: { SEED: '7', SITE: 'hunter2', HF_TOKEN: 'abc' },
  });
  await expect(dialog.valueOf('SITE')).toHaveAttribute('type', 'text');
  await expect(dialog.words).toContainText('SITE=hunter2');
  // By keyboard from the field beside it, and by mouse on its word.
  await dialog.valueOf('SITE').focus();
  await app.page.keyboard.press('Tab');
  await expect(dialog.secretTick('SITE')).toBeFocused();
  await app.page.keyboard.press('Space');
  await expect(dialog.secretTick('SITE')).toBeChecked();
  await expect(dialog.valueOf('SITE')).toHaveAttribute('type', 'password');
  await expect(dialog.words).toContainText('SITE=••••');
  const word = dialog.root.getByRole('row').first().getByText('Secret', { exact: true });
  await word.click();
  await expect(dialog.valueOf('SEED')).toHaveAttribute('type', 'password');
  await word.click();
  await expect(dialog.valueOf('SEED')).toHaveAttribute('type', 'text');
  // One that is secret by rule is ticked and stays so, and says why to who comes there by keyboard.
  await dialog.secretTick('HF_TOKEN').focus();
  await app.page.keyboard.press('Space');
  await expect(dialog.secretTick('HF_TOKEN')).toBeChecked();
  await expect(dialog.secretTick('HF_TOKEN')).toHaveAccessibleDescription(/Always secret: HF_TOKEN by its name\.$/);
  await expect(dialog.valueOf('HF_TOKEN')).toHaveAttribute('type', 'password');
  await look(app, 'compose-secrets');
  await dialog.fill({ command: 'sh -c \'test "$SITE" = hunter2\'' });
  await dialog.add();
  await expect(app.queue.status(1)).toHaveText('Completed');
  const details = await (await app.queue.select(1)).open('Details');
  await expect(details).toContainText('SEED=7');
  await expect(details).toContainText('SITE=••••••');
  await expect(details).toContainText('HF_TOKEN=••••••');
  const known = JSON.stringify([await app.ask('jobs.get', { jobId: 1 }), await app.ask('snapshot.get', {})]);
  expect(known.replaceAll('= hunter2', ''), 'but for the command itself').not.toContain('hunter2');
  expect(await app.job(1)).toMatchObject({ secret_env: ['SITE'] });
  const again = await app.queue.runAgain(1);
  await expect(again.valueOf('SITE')).toHaveValue('');
  await expect(again.valueOf('SITE')).toHaveAttribute('placeholder', 'was kept secret: type it again');
  await expect(again.secretTick('SITE')).toBeChecked();
  await expect(again.secretTick('SEED')).not.toBeChecked();
  await again.valueOf('SITE').fill('hunter2');
  await again.add();
  await expect(app.queue.status(2)).toHaveText('Completed');
  expect(await app.job(2)).toMatchObject({
    secret_env: ['SITE'],
    env: expect.arrayContaining([{ name: 'SITE', value: null }]),
  });
});

test('nothing in the form can be scrolled sideways, also after the line for the terminal was copied', async ({
  app,
}) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({
    command: `torchrun train.py ${'--a-long-option=with-a-long-value '.repeat(30)}`,
    folder: app.home,
  });
  const sideways = () =>
    dialog.root.evaluate((root) => {
      const around = [document.documentElement, document.body, root, ...root.querySelectorAll('*')];
      // One line of text that is cut off, and what is typed in, have more than is seen.
      const boxes = around.filter((one) => !one.matches('input, textarea, code, span, .sr, .sr *'));
      return boxes
        .filter((one) => {
          const { overflowX } = getComputedStyle(one);
          if (one.scrollLeft > 0) return true;
          return /hidden|auto|scroll/.test(overflowX) && one.scrollWidth > one.clientWidth + 1;
        })
        .map((one) => `${one.tagName} ${one.className} ${one.scrollWidth} in ${one.clientWidth} at ${one.scrollLeft}`);
    });
  for (const width of [1200, 880]) {
    await app.electron.evaluate(
      ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]?.setContentSize(size, 600),
      width,
    );
    await app.page.waitForFunction((wanted) => window.innerWidth === wanted, width);
    expect(await sideways()).toEqual([]);
    await dialog.root.getByRole('button', { name: /Copy as a line for the terminal/ }).click();
    await expect(dialog.root.getByRole('button', { name: /the terminal: copied/ })).toBeFocused();
    expect(await sideways()).toEqual([]);
    await dialog.command.focus();
  }
});

test('a text is copied also where the page may not write to the clipboard, and the focus stays', async ({ app }) => {
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: 'echo hello', folder: app.home });
  await app.page.evaluate(() =>
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }),
  );
  await dialog.root.getByRole('button', { name: 'Copy as a line for the terminal' }).click();
  await expect(dialog.root.getByRole('button', { name: /the terminal: copied/ })).toBeFocused();
  await expect
    .poll(() => app.electron.evaluate(({ clipboard }) => clipboard.readText()))
    .toBe(`trainyard submit --cwd ${app.home} -- echo hello`);
});

test('the folder is chosen in the desktop’s dialog; closing that leaves it as it was', async ({ app }) => {
  const dialog = await app.queue.newRun();
  const answer = (paths: readonly string[]) =>
    app.electron.evaluate(({ dialog: desktop }, filePaths) => {
      // The desktop's own dialog cannot be clicked from here: its answer stands in for it.
      desktop.showOpenDialog = () => Promise.resolve({ canceled: filePaths.length === 0, filePaths: [...filePaths] });
    }, paths);
  await answer([app.home]);
  await dialog.root.getByRole('button', { name: 'Choose folder' }).click();
  await expect(dialog.folder).toHaveValue(app.home);
  await answer([]);
  await dialog.root.getByRole('button', { name: 'Choose folder' }).click();
  await expect(dialog.folder).toHaveValue(app.home);
});
