import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import Database from 'better-sqlite3';
import { FrozenFolder, lacking } from '../hazards/machine.ts';
import { until } from '../helpers/process.ts';
import { ROOT, RunningApp, test } from './app.ts';
import { look } from './look.ts';

const QUICK = `${process.execPath} -e 0`;

/** Starts the app on a machine with simulated GPUs; answers how to change them. */
async function withGpus(
  app: RunningApp,
  scenario: object,
  env: Readonly<Record<string, string>> = {},
): Promise<(next: object) => void> {
  const file = join(app.home, 'scenario.json');
  const set = (next: object): void => writeFileSync(file, JSON.stringify(next));
  set(scenario);
  app.env = {
    ...env,
    TRAINYARD_SIM_SCENARIO: file,
    PATH: `${join(ROOT, 'tests/fixtures')}:${process.env['PATH'] ?? ''}`,
  };
  await app.launch();
  return set;
}

test('a run that the kernel holds is shown as stuck, said at once, and ends when it is let go', async ({ app }) => {
  const missing = lacking(['root', 'loop device']);
  test.skip(missing !== null, missing ?? '');
  using frozen = new FrozenFolder();
  await app.submit(`sh -c ': > "$0/file"; exec sleep 3600' ${frozen.path}`, { name: 'held', grace: '0.2' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await until(
    'main sleeps in the kernel',
    () => {
      const { stdout } = spawnSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' });
      return stdout.split('\n').some((line) => line.startsWith('D') && line.includes(frozen.path));
    },
    app.announced,
  );
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Stuck', { timeout: 60_000 });
  await expect(app.page.locator('[aria-live="assertive"]')).toContainText('#1 stuck: ');
  await expect(app.queue.count('stuck')).toContainText('1');
  await look(app, 'stuck');
  await app.queue.row(1).getByRole('button', { name: 'Details of #1' }).click();
  await expect(app.queue.panel.tab('Details')).toHaveAttribute('aria-selected', 'true');
  frozen.thaw();
  await expect(app.queue.status(1)).toHaveText('Cancelled', { timeout: 60_000 });
});

test('a GPU whose memory does not come back is quarantined, says why, and is given out again when it is back', async ({
  cold: app,
}) => {
  test.setTimeout(240_000);
  // The usual minute is the same code with another number.
  const set = await withGpus(app, { gpus: 1, releaseAfterMs: 1_000_000_000 }, { TRAINYARD_GPU_RELEASE_SECONDS: '5' });
  await expect(app.queue.gpus.getByText('GPU 0', { exact: true })).toBeVisible();
  const first = await app.queue.newRun();
  await first.fill({ command: `SIM_GPU_MIB=9000 ${app.program('gpuTrainer.mjs')}`, folder: app.home, gpus: 1 });
  await first.add();
  await expect(app.queue.gpus.getByRole('button', { name: /#1 .*8\.8 GiB/ })).toBeVisible({ timeout: 60_000 });
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled', { timeout: 90_000 });
  await expect(app.queue.gpus.getByText('Quarantined')).toBeVisible({ timeout: 60_000 });
  await expect(app.queue.gpus).toContainText('the driver still counts 8.8 GiB');
  const second = await app.queue.newRun();
  await second.fill({ command: QUICK, folder: app.home, gpus: 1 });
  await second.add();
  await expect(app.queue.sentence(2)).toContainText('quarantined');
  await look(app, 'quarantined');
  set({ gpus: 1, releaseAfterMs: 0 });
  await expect(app.queue.gpus.getByText('Quarantined')).toHaveCount(0, { timeout: 60_000 });
  await expect(app.queue.status(2)).toHaveText('Completed', { timeout: 60_000 });
});

test('no driver and a driver that does not fit are said in words with what to do; jobs without GPUs run; Look again finds it', async ({
  cold: app,
}) => {
  const set = await withGpus(app, { gpus: 1, failure: { kind: 'no-driver' } });
  await expect(app.queue.gpus).toContainText('driver');
  await expect(app.queue.gpus.getByRole('button', { name: 'Look again' })).toBeVisible();
  await app.submit(QUICK, { name: 'needs none' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  set({ gpus: 1, failure: { kind: 'version-mismatch' } });
  await app.queue.gpus.getByRole('button', { name: 'Look again' }).click();
  await expect(app.queue.gpus).toContainText(/does not match|mismatch/i);
  await expect(app.queue.gpus).toContainText(/reboot|restart|reload/i);
  await look(app, 'driver-mismatch');
  // Under WSL2 the driver is Windows': what is said for Linux would do harm there.
  set({ gpus: 1, failure: { kind: 'wsl' } });
  await app.queue.gpus.getByRole('button', { name: 'Look again' }).click();
  await expect(app.queue.gpus).toContainText('GPU access blocked by the operating system');
  await expect(app.queue.gpus).toContainText('update the NVIDIA driver in Windows');
  await look(app, 'driver-wsl');
  set({ gpus: 1 });
  await app.queue.gpus.getByRole('button', { name: 'Look again' }).click();
  await expect(app.queue.gpus.getByText('GPU 0', { exact: true })).toBeVisible();
});

test('a GPU that others use is not given out: the row and the track name them', async ({ cold: app }) => {
  const foreign = [{ pid: process.pid, gpu: 0, name: 'python', memoryMiB: 9_000, type: 'C' }];
  const set = await withGpus(app, { gpus: 1, foreign });
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: QUICK, folder: app.home, gpus: 1 });
  await dialog.add();
  await expect(app.queue.sentence(1)).toContainText(/needs 1 GPU, 0 free: GPU 0 used by .*not ours/);
  await expect(app.queue.gpus.getByTitle(/python.*not ours/)).toBeVisible();
  set({ gpus: 1 });
  await expect(app.queue.status(1)).toHaveText('Completed', { timeout: 60_000 });
});

/** A small disk of the test's own as the app's data folder, unmounted at the end. */
class SmallDisk {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(path, { recursive: true });
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'trainyard-test', path], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }

  fill(): void {
    spawnSync('dd', ['if=/dev/zero', `of=${join(this.#path, 'filler')}`, 'bs=4k'], { stdio: 'ignore' });
  }

  free(): void {
    rmSync(join(this.#path, 'filler'));
  }

  /** Nothing on it can be written, or it can again. */
  remount(how: 'ro' | 'rw'): void {
    const { status, stderr } = spawnSync('mount', ['-o', `remount,${how}`, this.#path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['-l', this.#path]);
  }
}

test('a full disk is said in words with what to do, what is there stays, and it goes on when there is room', async ({
  cold: app,
}) => {
  test.skip(process.getuid?.() !== 0, 'mounting needs root');
  using disk = new SmallDisk(app.data);
  await app.launch();
  await app.submit(app.program('tree.mjs'), { name: 'runs' });
  await until('a process', () => app.processes.length >= 1, app.announced);
  disk.fill();
  const dialog = await app.queue.newRun();
  // Longer than what SQLite may have in reserve in its log.
  await dialog.fill({ command: `${QUICK} ${'x'.repeat(100_000)}`, folder: app.home, name: 'does not fit' });
  await dialog.addRefused();
  await expect(dialog.root).toContainText(
    'the disk is full, read-only or failing. Nothing was changed. Free some space',
  );
  await dialog.close();
  await expect(app.queue.status(1)).toHaveText('Running');
  await expect(app.queue.noticeLines).toContainText('the disk is full');
  await look(app, 'disk-full');
  disk.free();
  await app.submit(QUICK, { name: 'fits' });
  await expect(app.queue.noticeLines).toHaveCount(0);
  await expect(app.queue.status(2)).toHaveText('Queued');
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
  await expect(app.queue.status(2)).toHaveText('Completed');
  // The disk is taken away after this.
  await app.quit();
});

test('a data folder that is read-only is said when the app starts, nothing is changed, and it starts when it is not', async ({
  cold: app,
}) => {
  test.skip(process.getuid?.() !== 0, 'mounting needs root');
  using disk = new SmallDisk(app.data);
  await app.launch();
  await app.submit(QUICK, { name: 'is kept' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.quit();
  disk.remount('ro');
  const { executable, args, env } = app.command();
  const child = spawn(executable, [...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const left = new Promise((done) => child.once('exit', done));
  let said = '';
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  await until('the app says so', () => said.includes('is on a file system that is read-only'), app.home);
  // Its message box waits for a person.
  child.kill('SIGKILL');
  await left;
  disk.remount('rw');
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Completed');
  // The disk is taken away after this.
  await app.quit();
});

test('a database of a newer version is named and left as it is; the app does not start on it', async ({ app }) => {
  await app.submit(QUICK);
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.quit();
  const path = join(app.data, 'queue.sqlite');
  const db = new Database(path);
  db.pragma('journal_mode = DELETE');
  db.pragma('user_version = 9999');
  db.close();
  const printOf = (): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const before = printOf();
  const { executable, args, env } = app.command();
  const child = spawn(executable, [...args], { env, stdio: 'ignore' });
  const log = join(app.data, 'app.log');
  const isSaid = (): boolean =>
    existsSync(log) && readFileSync(log, 'utf8').includes('was written by a newer Trainyard');
  await until('the app says so', isSaid, app.data);
  // Its message box waits for a person.
  const left = new Promise((done) => child.once('exit', done));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await left;
  }
  expect(printOf()).toBe(before);
});
