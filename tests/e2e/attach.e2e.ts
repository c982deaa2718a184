import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { required } from '../../src/shared/result.ts';
import { isGone, readStat, signalIdentity, until, untilGone } from '../helpers/process.ts';
import type { Stat } from '../helpers/process.ts';
import { ROOT, RunningApp } from './app.ts';

/** `trainyard` in a terminal, on the data folder of an app. */
function trainyard(app: RunningApp, ...argv: readonly string[]): ChildProcess {
  const { env } = app.command();
  // The terminal's own Node has the binding it was made for.
  const { TRAINYARD_SQLITE_BINDING: _, ...rest } = env;
  return spawn(process.execPath, [join(ROOT, 'src/main/cli.ts'), ...argv], {
    env: rest,
    cwd: app.home,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function serve(app: RunningApp): Promise<ChildProcess> {
  const child = trainyard(app, 'serve');
  await once(required(child.stdout, 'it is a pipe'), 'data');
  return child;
}

async function endServing(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** The living processes that were started in this folder. */
function startedIn(folder: string): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isCwd(name, folder))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null && !isGone(stat)) as Stat[];
}

function isCwd(pid: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

/** An app that is not started yet, and where `core` is asked for, a headless core on its data folder. */
const test = base.extend<{ app: RunningApp; core: { child: ChildProcess } }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  app: async ({}, use) => {
    const app = new RunningApp();
    try {
      await use(app);
    } finally {
      await app.end();
    }
  },
  core: async ({ app }, use) => {
    const core = { child: await serve(app) };
    try {
      await use(core);
    } finally {
      await app.quit();
      await endServing(core.child);
    }
  },
});

test('the app shows the core that serves its folder: submits to it, cancels there, and leaves it alone when it quits', async ({
  app,
  core,
}) => {
  await app.launch();
  await app.submit(app.program('tree.mjs'), { name: 'over there' });
  await app.submit(app.program('tree.mjs', '--name', 'second'), { name: 'second' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await app.queue.cancel(2);
  await expect(app.queue.status(2)).toHaveText('Cancelled');
  await app.shoot('attached');
  expect(required(readDiscovery(app.data), 'it is served').pid, 'the headless core').toBe(core.child.pid);
  await app.quit();
  expect(core.child.exitCode).toBeNull();
  expect(await app.job(1)).toMatchObject({ status: 'running' });
});

test('when that core ends the window says so, and goes on with the next one by itself', async ({ app, core }) => {
  await app.launch();
  await app.submit(app.program('tree.mjs'), { name: 'lives on' });
  await expect(app.queue.status(1)).toHaveText('Running');
  await endServing(core.child);
  await expect(app.page.getByText('The queue service is not answering')).toBeVisible();
  await app.shoot('attached-core-gone');
  core.child = await serve(app);
  await expect(app.page.getByText('The queue service is not answering')).toBeHidden();
  await app.queue.cancel(1);
  await expect(app.queue.status(1)).toHaveText('Cancelled');
});

test('trainyard open starts the window on a folder, and a second one only brings it to the front', async ({ app }) => {
  const said = async (...argv: readonly string[]): Promise<string> => {
    const child = trainyard(app, ...argv);
    const [chunk] = (await once(required(child.stdout, 'it is a pipe'), 'data')) as [Buffer];
    await once(child, 'exit');
    return chunk.toString();
  };
  expect(await said('open')).toContain('The window opens');
  await until('the app serves its folder', () => readDiscovery(app.data) !== null);
  const opened = required(readStat(required(readDiscovery(app.data), 'it is served').pid), 'the app runs');
  try {
    expect(await said('open')).toContain('comes to the front');
    // Until it has left: were the first one gone by then, it would stay in its place.
    const second = startedIn(app.home).filter(({ session }) => session !== opened.session);
    await untilGone(second);
    expect(isGone(opened)).toBe(false);
  } finally {
    signalIdentity(opened, 'SIGTERM');
    await untilGone([opened]);
  }
});
