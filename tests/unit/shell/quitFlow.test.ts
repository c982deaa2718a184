import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RouteName } from '../../../src/shared/contract.ts';
import type { QuitChoice } from '../../../src/shared/desktopSettings.ts';
import type { QuitView } from '../../../src/shared/shellContract.ts';
import type { Ask } from '../../../src/main/askCore.ts';
import { createQuitFlow } from '../../../src/main/shell/quit/quitFlow.ts';
import type { QuitAnswer, QuitFlow } from '../../../src/main/shell/quit/quitFlow.ts';

/** A core as quitting sees it: jobs that are live until the test ends them. */
class FakeCore {
  choice: QuitChoice = 'ask';
  live = new Map<number, { id: number; status: string; stop: { deadlineAt: number } | null }>([
    [1, { id: 1, status: 'running', stop: null }],
  ]);
  mode = 'run';
  /** Routes that never answer. */
  silent = new Set<RouteName>();
  /** Routes that refuse. */
  refusing = new Set<RouteName>();
  readonly asked: string[] = [];
  listener: () => void = () => {};
  readonly #waiting: (() => void)[] = [];

  readonly ask = (async (route: RouteName, input: Record<string, unknown>): Promise<unknown> => {
    this.asked.push(route);
    if (this.silent.has(route)) return new Promise(() => {});
    if (this.refusing.has(route)) throw new Error('the disk is full');
    switch (route) {
      case 'settings.get':
        return { quitWithRuns: this.choice };
      case 'settings.set':
        this.choice = input['quitWithRuns'] as QuitChoice;
        return {};
      case 'snapshot.get':
        return { queue: { mode: this.mode, notice: null } };
      case 'queue.setMode':
        this.mode = String(input['mode']);
        return {};
      case 'jobs.list':
        return { jobs: [...this.live.values()], nextCursor: null };
      case 'jobs.cancelMany':
        for (const job of this.live.values()) job.stop = { deadlineAt: Date.now() + 10_000 };
        this.listener();
        return {};
      case 'jobs.await':
        if (this.live.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        return { status: this.live.size > 0 ? 'running' : 'cancelled' };
      default:
        throw new Error(`not expected: ${route}`);
    }
  }) as unknown as Ask;

  endAll(): void {
    this.live.clear();
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.listener();
  }
}

let folder: string;
let core: FakeCore;
let views: (QuitView | null)[];
let notices: string[];
let hasLeft: boolean;
let draws: boolean;
let plainAnswer: QuitAnswer;
let flow: QuitFlow;

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'trainyard-quit-'));
  core = new FakeCore();
  views = [];
  notices = [];
  hasLeft = false;
  draws = true;
  plainAnswer = 'stay';
  flow = createQuitFlow({
    ask: core.ask,
    dataFolder: folder,
    attached: false,
    now: Date.now,
    onJobs: (listener) => {
      core.listener = listener;
      return () => (core.listener = () => {});
    },
    present: (view) => {
      views.push(view);
      return Promise.resolve(draws);
    },
    askPlainly: () => Promise.resolve(plainAnswer),
    toFront: () => {},
    notice: (sentence) => void notices.push(sentence),
    leave: () => (hasLeft = true),
    log: () => {},
  });
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('a core that does not answer is not waited for: its runs are kept', async () => {
  core.silent.add('jobs.list');
  flow.requestQuit('tray');
  await settle(4_000);
  expect(hasLeft).toBe(false);
  await settle(2_000);
  expect(hasLeft).toBe(true);
  expect(core.asked).not.toContain('jobs.cancelMany');
});

test('a page that draws nothing is stood in for by a dialog of the desktop', async () => {
  draws = false;
  plainAnswer = 'keep';
  flow.requestQuit('keyboard');
  await settle();
  expect(hasLeft).toBe(true);
});

test('a page that dies with the question on it is found out by the second wish', async () => {
  flow.requestQuit('keyboard');
  await settle();
  draws = false;
  plainAnswer = 'keep';
  flow.requestQuit('tray');
  await settle();
  expect(hasLeft).toBe(true);
});

test('a signal that comes while a person is being asked decides', async () => {
  flow.requestQuit('keyboard');
  await settle();
  expect(views).toEqual([{ stage: 'asking', runs: [1] }]);
  expect(hasLeft).toBe(false);
  flow.requestQuit('signal');
  await settle();
  expect(hasLeft).toBe(true);
});

test('the stops are shown with their last deadline, and the app leaves when the last run is gone', async () => {
  flow.requestQuit('window');
  await settle();
  flow.answer('cancel', false);
  await settle();
  expect(views.at(-1)).toMatchObject({ stage: 'stopping', runs: [1] });
  await settle(3_600_000);
  expect(hasLeft).toBe(false);
  core.endAll();
  await settle();
  expect(hasLeft).toBe(true);
});

test('where nobody watches, stops are waited for until shortly after their deadline', async () => {
  core.choice = 'cancel';
  flow.requestQuit('signal');
  await settle(14_000);
  expect(hasLeft).toBe(false);
  await settle(2_000);
  expect(hasLeft).toBe(true);
});

test('a page that died counts as nobody', async () => {
  draws = false;
  core.choice = 'cancel';
  flow.requestQuit('keyboard');
  await settle(16_000);
  expect(hasLeft).toBe(true);
});

test('a core that hangs while it should cancel is not waited for by a signal', async () => {
  core.choice = 'cancel';
  core.silent.add('jobs.cancelMany');
  flow.requestQuit('signal');
  await settle(11_000);
  expect(hasLeft).toBe(true);
});

test('a core that refuses to cancel keeps the app, says why, and the queue goes on', async () => {
  core.refusing.add('jobs.cancelMany');
  flow.requestQuit('window');
  await settle();
  flow.answer('cancel', false);
  await settle();
  expect(hasLeft).toBe(false);
  expect(notices).toEqual([expect.stringContaining('the disk is full')]);
  expect(views.at(-1)).toBeNull();
  expect(core.mode).toBe('run');
});

test('Stay takes the question away and leaves the queue as it was, also in the middle of the stops', async () => {
  flow.requestQuit('window');
  await settle();
  flow.answer('cancel', false);
  await settle();
  expect(core.mode).toBe('pause');
  flow.answer('stay', false);
  await settle();
  expect(core.mode).toBe('run');
  expect(views.at(-1)).toBeNull();
  core.endAll();
  await settle(60_000);
  expect(hasLeft).toBe(false);
  // And the way out is open again.
  flow.requestQuit('window');
  await settle();
  expect(hasLeft).toBe(true);
});

test('Stay is not remembered, Keep and Cancel are when they are to be', async () => {
  flow.requestQuit('window');
  await settle();
  flow.answer('stay', true);
  await settle();
  expect(core.choice).toBe('ask');
  flow.requestQuit('window');
  await settle();
  flow.answer('keep', true);
  await settle();
  expect(core.choice).toBe('keep');
  expect(hasLeft).toBe(true);
});

test('an answer that nobody asked for means nothing', async () => {
  flow.answer('keep', false);
  await settle(60_000);
  expect(hasLeft).toBe(false);
});
