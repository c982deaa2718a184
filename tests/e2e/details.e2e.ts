import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { until } from '../helpers/process.ts';
import { ROOT, test } from './app.ts';
import { look } from './look.ts';
import { DeleteDialog } from './pages/deleteDialog.ts';

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main'];
  const { status, stdout, stderr } = spawnSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

test('the details show the commit at the submit, open the log and the folder, and delete the job', async ({ app }) => {
  test.skip(spawnSync('git', ['--version']).status !== 0, 'there is no git on this machine');
  const folder = join(app.home, 'repo');
  mkdirSync(folder);
  git(folder, 'init', '-q');
  writeFileSync(join(folder, 'train.py'), 'print(1)');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'one');
  writeFileSync(join(folder, 'train.py'), 'print(2)');
  writeFileSync(join(folder, 'notes.txt'), '');
  const form = await app.queue.newRun();
  await form.fill({ command: `${process.execPath} -e 0`, folder, name: 'from a repository' });
  await form.add();
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.electron.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openPath = (path) => Promise.resolve(String(opened.push(path) && ''));
  });
  const panel = await app.queue.select(1);
  await panel.open('Details');
  await expect(panel.fact('Commit')).toHaveText(
    `${git(folder, 'rev-parse', 'HEAD').slice(0, 12)} on main, 1 changed file, 1 untracked at the submit`,
  );
  await look(app, 'details-commit');
  await panel.button('Open log').click();
  await panel.button('Show folder').click();
  await panel.open('Log');
  await panel.button('Open log in the editor').click();
  const opened = () => app.electron.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  await expect.poll(async () => (await opened()).length).toBe(3);
  const [log = '', shown = '', again] = await opened();
  expect([log, again]).toEqual([join(shown, 'output.log'), log]);
  expect(shown).toMatch(/jobs\/1\/1-1-/);
  await panel.open('Details');
  await panel.button('Delete…').click();
  await new DeleteDialog(app.page).confirm();
  await expect(app.queue.row(1)).toHaveCount(0);
  await expect(panel.root).toHaveCount(0);
});

test('the receipt names the processes it was about, and is saved as JSON', async ({ app }) => {
  await app.submit(app.program('tree.mjs', '--levels', '4', '--own-session', '--ignore'), {
    name: 'family',
    grace: '2',
  });
  await until('four processes', () => app.processes.length === 4, app.announced);
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  const panel = await app.queue.select(1);
  await panel.open('Receipt');
  await expect(panel.members).toHaveCount(4);
  const rows = await panel.members.allInnerTexts();
  expect(rows[0]).toMatch(/tree\.mjs --levels 4.*main.*SIGTERM, SIGKILL.*SIGKILL.*\+\d\.\d{3} s/s);
  for (const row of rows.slice(1)) expect(row).toMatch(/tree\.mjs --levels [123].*own session/s);
  await look(app, 'receipt-members');
  const saved = join(app.home, 'receipt.json');
  await app.electron.evaluate(({ session }, path) => {
    session.defaultSession.once('will-download', (_event, item) => item.setSavePath(path));
  }, saved);
  await panel.button('Save JSON').click();
  await expect.poll(() => readJson(saved)).toMatchObject({ survivors: 0, members: [{}, {}, {}, {}] });
  const told = (await app.job(1))['receipt'] as { members_gone: number; verdict: string };
  expect(readJson(saved)).toMatchObject({ membersGone: told.members_gone, verdict: told.verdict });
});

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

test('what the GPUs of a run did stands beside its loss, one GPU at a time, and grows', async ({ cold: app }) => {
  const scenario = join(app.home, 'scenario.json');
  writeFileSync(
    scenario,
    JSON.stringify({ gpus: 2, rampMiB: 500, rampMs: 8_000, foreign: [{ pid: process.pid, gpu: 0, memoryMiB: 400 }] }),
  );
  app.env = {
    TRAINYARD_SIM_SCENARIO: scenario,
    PATH: `${join(ROOT, 'tests/fixtures')}:${process.env['PATH'] ?? ''}`,
  };
  await app.launch();
  await expect(app.queue.gpus.getByText('GPU 0', { exact: true })).toBeVisible();
  const script = join(app.home, 'train.mjs');
  writeFileSync(
    script,
    `let step = 0;
setInterval(() => { step += 10; console.log('step=' + step + ' loss=' + (4 / Math.log(step + 3)).toFixed(4)); }, 200);
`,
  );
  const form = await app.queue.newRun();
  await form.fill({
    command: `SIM_GPU_MIB=12000 ${process.execPath} ${script}`,
    folder: app.home,
    gpus: 2,
    grace: '1',
  });
  await form.add();
  await expect(app.queue.status(1)).toHaveText('Running');
  const panel = await app.queue.select(1);
  await panel.open('Curves');
  const memory = panel.root.getByRole('img', { name: /^Memory of GPU 0/ });
  await expect(memory).toHaveAttribute('aria-label', /#1 holds 11\.7 GiB, at most 11\.7 GiB/, { timeout: 40_000 });
  await expect(memory).toHaveAttribute('aria-label', /12\.1 GiB in use/);
  await expect(panel.root.getByRole('img', { name: /^Utilisation of GPU 0/ })).toBeVisible();
  await look(app, 'curves-gpu');
  await panel.root.getByRole('radiogroup', { name: 'GPU' }).getByRole('radio', { name: '1' }).click();
  await expect(panel.root.getByRole('img', { name: /^Memory of GPU 1/ })).toHaveAttribute(
    'aria-label',
    /11\.7 GiB in use/,
  );
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await app.queue.select(1);
  await panel.open('Curves');
  await expect(panel.root.getByRole('img', { name: /^Memory of GPU [01]/ })).toBeVisible();
});

test('in a small window at 200 % the panel that is opened comes into view', async ({ app }) => {
  await app.submit(`${process.execPath} -e 0`);
  await expect(app.queue.status(1)).toHaveText('Completed');
  const panel = await app.queue.select(1);
  await panel.closeButton.click();
  await app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.setContentSize(880, 600);
    window?.webContents.setZoomFactor(2);
  });
  await expect.poll(() => app.page.evaluate(() => innerWidth)).toBe(440);
  await app.page.evaluate(() => scrollTo(0, 0));
  await app.queue.select(1);
  await expect(panel.root).toBeVisible();
  const below = () => panel.root.evaluate((root) => root.getBoundingClientRect().bottom - innerHeight);
  await expect.poll(below).toBeLessThanOrEqual(1);
});
