import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { required } from '../../src/shared/result.ts';
import { lacking } from '../hazards/machine.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import { test } from './app.ts';
import { FailingDisk } from './failingDisk.ts';
import { look } from './look.ts';

test('a disk that becomes read-only under the app is said in words, what is there stays to be read, and a run goes on', async ({
  app,
}) => {
  const missing = lacking(['root', 'loop device']);
  test.skip(missing !== null, missing ?? '');
  await app.quit();
  rmSync(app.data, { recursive: true, force: true });
  using disk = new FailingDisk(app.data, join(app.home, 'disk.img'));
  await app.launch();
  await app.submit(`${process.execPath} -p 40+2`, { name: 'is kept' });
  await expect(app.queue.status(1)).toHaveText('Completed');
  await app.submit(app.program('tree.mjs'), { name: 'runs' });
  await until('a process', () => app.processes.length >= 1, app.announced);
  await expect(app.queue.status(2)).toHaveText('Running');
  const { runDirectory } = await app.ask('jobs.get', { jobId: 2 });
  const { runner_pid: runnerPid } = JSON.parse(
    readFileSync(join(required(runDirectory, 'it runs'), 'identity.json'), 'utf8'),
  ) as { readonly runner_pid: number };
  const runner = required(readStat(runnerPid), 'its runner lives');

  disk.fail();
  const dialog = await app.queue.newRun();
  await dialog.fill({ command: `${process.execPath} -e 0`, folder: app.home, name: 'cannot be kept' });
  await dialog.addRefused();
  await expect(dialog.root).toContainText('the disk is full, read-only or failing. Nothing was changed.');
  await dialog.close();
  await expect(app.queue.noticeLines).toContainText('read-only or failing');
  await expect(app.queue.row(3)).toHaveCount(0);
  await look(app, 'disk-failing');
  // What is there can be read.
  const panel = await app.queue.select(1);
  await expect(await panel.open('Log')).toContainText('42');
  await expect(app.queue.status(2)).toHaveText('Running');
  expect(app.processes.every((identity) => !isGone(identity))).toBe(true);

  await app.quit();
  for (const identity of [...app.processes, runner]) signalIdentity(identity, 'SIGKILL');
  await untilGone([...app.processes, runner]);
  disk.repair();
  await app.launch();
  await expect(app.queue.status(1)).toHaveText('Completed');
  await expect(app.queue.status(2)).toHaveText('Failed');
  await app.submit(`${process.execPath} -e 0`, { name: 'goes on' });
  await expect(app.queue.status(3)).toHaveText('Completed');
  // The disk is taken away after this.
  await app.quit();
});
