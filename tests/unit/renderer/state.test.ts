import { createStore } from 'zustand/vanilla';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../../src/renderer/bridge.ts';
import { announceJob, createAnnouncer } from '../../../src/renderer/state/announcer.ts';
import { createClock } from '../../../src/renderer/state/clock.ts';
import type { Clock } from '../../../src/renderer/state/clock.ts';
import { giveColours } from '../../../src/renderer/state/colours.ts';
import { createCommands } from '../../../src/renderer/state/commands.ts';
import { rowStateOf, secondsLeftOf } from '../../../src/renderer/state/jobState.ts';
import { withFetched } from '../../../src/renderer/state/changes.ts';
import { jobIdOf } from '../../../src/renderer/state/rowList.ts';
import { countsOf, historyKey, matches, rowsOf } from '../../../src/renderer/state/rows.ts';
import { startSync } from '../../../src/renderer/state/sync.ts';
import { WINDOW_STATE_AT_START } from '../../../src/renderer/state/windowState.ts';
import type { WindowState } from '../../../src/renderer/state/windowState.ts';
import { createFakeCore } from './fixture/fakeBridge.ts';
import { SCENE_AT, job, sceneSnapshot } from './fixture/scene.ts';

const STILL: Clock = { now: () => SCENE_AT, subscribe: () => () => undefined };

async function openWindow() {
  const core = createFakeCore(sceneSnapshot(SCENE_AT));
  const api = createApi(core.bridge);
  const store = createStore<WindowState>()(() => WINDOW_STATE_AT_START);
  const sync = startSync(api, store);
  const announcer = createAnnouncer(STILL);
  const commands = createCommands(api, store, announcer);
  await sync.refetch();
  return {
    core,
    store,
    sync,
    commands,
    announcer,
    asked: (route: string) => core.requests.filter((request) => request.route === route).length,
  };
}

describe('the window keeps to the word of the core', () => {
  it('takes numbered changes in, and moves a job between the groups', async () => {
    const { core, store } = await openWindow();
    core.change(148, { status: 'completed', endedAt: SCENE_AT });
    expect(store.getState().openJobs.has(148)).toBe(false);
    expect(store.getState().finishedJobs.get(148)?.status).toBe('completed');
    expect(store.getState().seq).toBe(1_001);
  });

  it('asks for the snapshot again when numbers are missing, and only then', async () => {
    const { core, store, sync, asked } = await openWindow();
    core.change(148, { name: 'renamed' });
    expect(asked('snapshot.get')).toBe(1);
    core.change(149, { name: 'missed some' }, 5);
    await sync.refetch();
    expect(asked('snapshot.get')).toBe(2);
    expect(store.getState().openJobs.get(149)?.name).toBe('missed some');
    expect(store.getState().seq).toBe(1_007);
  });

  it('takes in what happened while a snapshot was on its way', async () => {
    const { core, store, sync } = await openWindow();
    const fetching = sync.refetch();
    core.change(150, { status: 'failed', endedAt: SCENE_AT });
    await fetching;
    expect(store.getState().finishedJobs.get(150)?.status).toBe('failed');
  });

  it('ignores a change it has heard of', async () => {
    const { core, store } = await openWindow();
    const old = store.getState().openJobs.get(148) ?? job(148, { status: 'running' });
    core.send('changed', {
      seq: 999,
      at: 0,
      kind: 'changed',
      jobId: 148,
      job: { ...old, name: 'old news' },
      queue: store.getState().queue,
    });
    expect(store.getState().openJobs.get(148)?.name).toBe('gpt2-350m-fineweb');
  });

  it('takes progress and blockers without a number, for jobs they fit', async () => {
    const { core, store } = await openWindow();
    core.send('progress', { jobId: 149, progress: { fraction: 0.5, position: 'epoch 3', loss: 1, secondsLeft: 1 } });
    core.send('blockers', [
      { jobId: 152, sentence: 'starts next' },
      { jobId: 148, sentence: 'not for a running job' },
    ]);
    const { openJobs } = store.getState();
    expect([openJobs.get(149)?.progress?.position, openJobs.get(152)?.sentence]).toEqual(['epoch 3', 'starts next']);
    expect(openJobs.get(148)?.sentence).toBe('11,160 of 18,000');
  });

  it('keeps the rows when the core is gone, and comes back with the next answer', async () => {
    const { core, store, sync, commands } = await openWindow();
    core.fail('gone');
    await commands.cancel(148, false);
    expect(store.getState()).toMatchObject({ connection: 'gone' });
    expect(store.getState().openJobs.size).toBe(18);
    core.fail(null);
    await sync.refetch();
    expect(store.getState().connection).toBe('ready');
  });
});

describe('commands', () => {
  it('a refusal stays at the row until the job’s next event', async () => {
    const { core, store, commands } = await openWindow();
    core.fail({ code: 'REFUSED', message: 'Not now: the run is being adopted.' });
    await commands.extend(147);
    expect(store.getState().refusals.get(147)).toBe('Not now: the run is being adopted.');
    core.change(147, { sentence: 'news' });
    expect(store.getState().refusals.size).toBe(0);
  });

  it('cancelling a finished job says so at its row and changes nothing', async () => {
    const { store, commands } = await openWindow();
    const before = store.getState().finishedJobs.get(146);
    await commands.cancel(146, false);
    expect(store.getState().refusals.get(146)).toContain('already finished');
    expect(store.getState().finishedJobs.get(146)).toBe(before);
  });

  it('deleting selects the row that takes the place, closes the panel of what is gone, and calls off its Undo', async () => {
    const { store, commands, asked } = await openWindow();
    store.setState({ selectedId: 145, panelOpen: true, undo: { jobIds: [145], text: '#145 cancelled' } });
    const order = rowsOf(store.getState());
    const next = jobIdOf(order.at(order.indexOf(145) + 1));
    await commands.deleteJobs([145]);
    expect(asked('jobs.delete')).toBe(1);
    expect(store.getState()).toMatchObject({ selectedId: next, panelOpen: false, undo: null, deletion: null });
    expect(rowsOf(store.getState()).indexOf(145)).toBe(-1);
  });

  it('many are deleted in parts, and a refusal is said and leaves the rest', async () => {
    const { core, store, commands, asked } = await openWindow();
    core.fail({ code: 'REFUSED', field: 'jobs', message: 'jobs: job #1 is running.' });
    await commands.deleteJobs(Array.from({ length: 2_500 }, (_, place) => 10_000 + place));
    expect(asked('jobs.delete'), 'the first refusal ends it').toBe(1);
    expect(store.getState().notice).toBe('jobs: job #1 is running.');
    expect(store.getState().deletion).toBeNull();
  });

  it('a cancelled queued job can be put back', async () => {
    const { core, store, commands } = await openWindow();
    await commands.cancel(153, false);
    expect(store.getState().undo?.jobIds).toEqual([153]);
    await commands.undo();
    expect(core.jobs.get(153)).toMatchObject({ status: 'queued', attempt: 2 });
    expect(store.getState().undo).toBeNull();
  });

  it('jobs cancelled one after the other are put back together', async () => {
    const { core, store, commands } = await openWindow();
    await commands.cancel(153, false);
    await commands.cancel(154, false);
    expect(store.getState().undo).toEqual({ jobIds: [153, 154], text: '2 queued jobs cancelled' });
    await commands.undo();
    expect([core.jobs.get(153)?.status, core.jobs.get(154)?.status]).toEqual(['queued', 'queued']);
  });

  it('a cancelled run cannot be put back: it was running', async () => {
    const { store, commands } = await openWindow();
    await commands.cancel(148, false);
    expect(store.getState().undo).toBeNull();
    expect(rowStateOf(store.getState().openJobs.get(148) ?? job(148, { status: 'queued' }))).toBe('cancelling');
  });

  it('cancel all queued is one request', async () => {
    const { store, commands, asked } = await openWindow();
    await commands.cancelMany('queued');
    expect(asked('jobs.cancelMany')).toBe(1);
    expect(store.getState().undo?.jobIds).toHaveLength(12);
    expect(countsOf(store.getState().openJobs)).toMatchObject({ queued: 0, running: 3, cancelling: 1, stuck: 1 });
  });

  it('a database that cannot be written is one line for the whole window', async () => {
    const { core, store, commands } = await openWindow();
    core.fail({ code: 'DATABASE', message: 'The disk is full: free some space.' });
    await expect(commands.submit({ command: ['a'], cwd: '/' })).rejects.toThrow('disk is full');
    expect(store.getState().database).toBe('The disk is full: free some space.');
    core.fail(null);
    await commands.submit({ command: ['a'], cwd: '/' });
    expect(store.getState().database).toBeNull();
  });

  it('Run again takes everything over but what the core keeps to itself', async () => {
    const { store, commands } = await openWindow();
    const failed = store.getState().finishedJobs.get(145) ?? job(145, { status: 'failed' });
    await commands.runAgain(failed, true);
    expect(store.getState().compose).toMatchObject({
      hiddenEnv: ['WANDB_API_KEY'],
      submission: { env: { OMP_NUM_THREADS: '8' } },
    });
  });
});

describe('the table', () => {
  async function state(): Promise<WindowState> {
    return (await openWindow()).store.getState();
  }
  const idsOf = (rows: ReturnType<typeof rowsOf>) =>
    Array.from({ length: rows.count }, (_, index) => jobIdOf(rows.at(index)) ?? rows.at(index)?.kind);

  it('shows Running in the order of numbers, Queued in that of the queue, Finished the latest first', async () => {
    expect(idsOf(rowsOf(await state()))).toEqual([
      139,
      147,
      148,
      149,
      150,
      151,
      152,
      153,
      154,
      155,
      156,
      157,
      'more-queued',
      144,
      145,
      146,
      143,
      142,
    ]);
  });

  it('a run does not move under the pointer when it is cancelled', async () => {
    const before = await state();
    const openJobs = new Map(before.openJobs);
    const run = openJobs.get(148) ?? job(148, { status: 'running' });
    openJobs.set(148, {
      ...run,
      stop: { intent: 'cancel', by: 'window', requestedAt: 0, deadlineAt: 0, stage: 'asked', forced: false },
    });
    expect(idsOf(rowsOf({ ...before, openJobs }))).toEqual(idsOf(rowsOf(before)));
  });

  it('filters by what rows show and by text, and folds nothing then', async () => {
    const all = await state();
    expect(idsOf(rowsOf({ ...all, filter: 'cancelling' }))).toEqual([147]);
    expect(idsOf(rowsOf({ ...all, filter: 'running' }))).toEqual([148, 149, 150]);
    expect(rowsOf({ ...all, search: 'whisper' }).count).toBe(12);
    expect(idsOf(rowsOf({ ...all, search: '#148' }))).toEqual([148]);
  });

  it('a long history has a row for every job, and its data when it was fetched', async () => {
    const all = await state();
    const jobIds = [144, 90, 80];
    const rows = rowsOf({ ...all, history: { key: historyKey(all), jobIds, isStale: false } });
    expect(Array.from({ length: 3 }, (_, back) => rows.at(rows.count - 3 + back)?.kind)).toEqual([
      'job',
      'away',
      'away',
    ]);
    expect(rows.awayIn(0, rows.count)).toEqual([90, 80]);
    expect([rows.indexOf(80), rows.indexOf(148), rows.indexOf(7)]).toEqual([rows.count - 1, 2, -1]);
    const fetched = withFetched(all, [job(90, { status: 'completed' })]);
    expect(rowsOf({ ...fetched, history: { key: historyKey(all), jobIds, isStale: false } }).awayIn(0, 99)).toEqual([
      80,
    ]);
  });

  it('what was fetched goes again when much more was fetched, and what the snapshot brought does not', async () => {
    const all = await state();
    const many = Array.from({ length: 2_000 }, (_, index) => job(10_000 + index, { status: 'completed' }));
    const { finishedJobs } = withFetched(all, many);
    expect([finishedJobs.has(144), finishedJobs.has(10_000), finishedJobs.has(11_999)]).toEqual([true, false, true]);
  });

  it('a list that answers another question is not shown', async () => {
    const all = await state();
    const history = { key: historyKey(all), jobIds: [1, 2, 3], isStale: false };
    expect(idsOf(rowsOf({ ...all, history, search: 'whisper' }))).not.toContain(1);
  });

  it('finds every word in number, name, command or folder', () => {
    const one = job(7, { status: 'queued', name: 'Whisper', command: ['python', 'x.py'], cwd: '/data' });
    expect([
      matches(one, ''),
      matches(one, 'whisper PYTHON'),
      matches(one, '#7 /data'),
      matches(one, 'whisper no'),
    ]).toEqual([true, true, true, false]);
  });
});

describe('a stop', () => {
  const stop = {
    intent: 'cancel',
    by: 'window',
    requestedAt: 0,
    deadlineAt: 20_500,
    stage: 'terminating',
    forced: false,
  } as const;
  it('never shows more seconds than were given, nor less than none', () => {
    const stopping = job(1, { status: 'running', stop });
    expect([secondsLeftOf(stopping, 10_000), secondsLeftOf(stopping, 20_000), secondsLeftOf(stopping, 30_000)]).toEqual(
      [10, 0, 0],
    );
  });
  it('shows no seconds once SIGKILL was sent', () => {
    expect(secondsLeftOf(job(1, { status: 'running', stop: { ...stop, stage: 'killing' } }), 0)).toBeNull();
    expect(secondsLeftOf(job(1, { status: 'cancelled', stop }), 0)).toBeNull();
  });
});

describe('colours of jobs', () => {
  const gpuJob = (id: number) => job(id, { status: 'running', gpus: 1 });
  it('are never shared by two live jobs while one is unused, and stay', () => {
    let colours = giveColours(new Map(), [1, 2, 3].map(gpuJob));
    colours = giveColours(colours, [3, 4, 5, 6, 7, 8].map(gpuJob));
    colours = giveColours(colours, [3, 5, 6, 7, 8, 9, 10].map(gpuJob));
    const live = [3, 5, 6, 7, 8, 9, 10].map((id) => colours.get(id));
    expect(new Set(live).size).toBe(live.length);
    expect(giveColours(colours, [gpuJob(3)])).toBe(colours);
  });
  it('a ninth job shares the colour of the oldest; jobs without GPUs have none', () => {
    const colours = giveColours(new Map(), [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(gpuJob),
      job(10, { status: 'running', gpus: 0 }),
    ]);
    expect(colours.get(9)).toBe(colours.get(1));
    expect(colours.has(10)).toBe(false);
  });
});

describe('the clock', () => {
  function host() {
    const timers = new Map<number, () => void>();
    let onVisibility: () => void = () => undefined;
    const page = { isHidden: false, now: 10_400, delays: [] as number[], timers, show: () => onVisibility() };
    const clock = createClock({
      now: () => page.now,
      setTimer: (callback, ms) => {
        page.delays.push(ms);
        timers.set(page.delays.length, callback);
        return page.delays.length;
      },
      clearTimer: (timer) => timers.delete(timer),
      isHidden: () => page.isHidden,
      onVisibility: (listener) => {
        onVisibility = listener;
      },
    });
    return { page, clock };
  }

  it('runs only while somebody looks at it and the window is visible', () => {
    const { page, clock } = host();
    expect(page.timers.size).toBe(0);
    const end = clock.subscribe(() => undefined);
    clock.subscribe(() => undefined);
    expect(page.timers.size).toBe(1);
    expect(page.delays).toEqual([615]);
    page.isHidden = true;
    page.show();
    expect(page.timers.size).toBe(0);
    page.isHidden = false;
    page.show();
    expect(page.timers.size).toBe(1);
    end();
    expect(clock.now()).toBe(10_000);
  });
});

describe('announcements', () => {
  it('says polite sentences at most one each 3 s, and the latest few only', () => {
    let now = 100_000;
    let tick: () => void = () => undefined;
    const announcer = createAnnouncer({
      now: () => now,
      subscribe: (listener) => {
        tick = listener;
        return () => undefined;
      },
    });
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) announcer.say(text);
    expect(announcer.spoken.getState().polite).toBe('a');
    tick();
    expect(announcer.spoken.getState().polite).toBe('a');
    now += 3_000;
    tick();
    expect(announcer.spoken.getState().polite).toBe('c');
  });

  it('failed and stuck are urgent; the rest is not', () => {
    const announcer = createAnnouncer(STILL);
    const running = job(148, { status: 'running' });
    announceJob(announcer, running, { ...running, status: 'completed', sentence: 'exit 0' }, SCENE_AT);
    expect(announcer.spoken.getState()).toMatchObject({ polite: '#148 completed: exit 0', assertive: '' });
    announceJob(announcer, running, { ...running, status: 'failed', sentence: 'exit 1' }, SCENE_AT);
    expect(announcer.spoken.getState().assertive).toBe('#148 failed: exit 1');
  });
});
