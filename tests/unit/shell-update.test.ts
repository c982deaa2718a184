import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createUpdates, startUpdates } from '../../src/main/shell/updates/update.ts';
import type { Updater } from '../../src/main/shell/updates/update.ts';

/** electron-updater as far as the rule around it sees it; the installed package is tested with the real one. */
class Feed extends EventEmitter {
  autoDownload = false;
  autoInstallOnAppQuit = true;
  logger = null;
  installs = 0;
  failing = false;

  checkForUpdates(): Promise<null> {
    if (this.failing) {
      this.emit('error', new Error('no network'));
      return Promise.reject(new Error('no network'));
    }
    this.emit('update-downloaded', { version: '9.9.9' });
    return Promise.resolve(null);
  }

  quitAndInstall(): void {
    this.installs += 1;
  }
}

function updatesOf(feed: Feed) {
  const told: string[] = [];
  const state = { live: true, told };
  const updates = createUpdates(feed as unknown as Updater, {
    hasLiveRuns: () => Promise.resolve(state.live),
    updateReady: (version) => told.push(version),
    log: () => {},
  });
  return { updates, state };
}

test('an update is never installed while runs are live, and never by quitting', async () => {
  const feed = new Feed();
  const { updates, state } = updatesOf(feed);
  expect(feed.autoInstallOnAppQuit).toBe(false);
  expect(await updates.install()).toEqual({ ok: false, error: 'no-update' });
  await updates.check();
  expect(state.told).toEqual(['9.9.9']);
  expect(await updates.install()).toEqual({ ok: false, error: 'runs-live' });
  expect(feed.installs).toBe(0);
  state.live = false;
  expect(await updates.install()).toEqual({ ok: true, value: null });
  expect(feed.installs).toBe(1);
});

test('the same version is told once, however often it is found', async () => {
  const { updates, state } = updatesOf(new Feed());
  await updates.check();
  await updates.check();
  expect(state.told).toEqual(['9.9.9']);
});

test('a look without a network ends quietly and the next one still works', async () => {
  const feed = new Feed();
  const { updates, state } = updatesOf(feed);
  feed.failing = true;
  await updates.check();
  feed.failing = false;
  await updates.check();
  expect(state.told).toEqual(['9.9.9']);
});

test('from a clone, and in a package that names no repository, nothing is looked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-update-'));
  const parts = { hasLiveRuns: () => Promise.resolve(false), updateReady: () => {}, log: () => {} };
  try {
    expect(await startUpdates(parts, { isPackaged: true, resources: folder })).toBeNull();
    writeFileSync(join(folder, 'app-update.yml'), 'provider: github\nowner: a\nrepo: b\n');
    expect(await startUpdates(parts, { isPackaged: false, resources: folder })).toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
