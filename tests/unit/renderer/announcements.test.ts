import { createStore } from 'zustand/vanilla';
import { describe, expect, it } from 'vitest';
import { announceGpus, announceJob, createAnnouncer } from '../../../src/renderer/state/announcer.ts';
import { startStopCountdown } from '../../../src/renderer/state/stopCountdown.ts';
import type { StopView } from '../../../src/shared/job.ts';
import { SCENE_AT, job, sceneSnapshot } from './fixture/scene.ts';

/** A clock that the test moves. */
function createMovedClock() {
  const listeners = new Set<() => void>();
  let now = SCENE_AT;
  return {
    now: () => now,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listeners,
    pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        now += 1_000;
        for (const listener of listeners) listener();
      }
    },
  };
}

function createListener() {
  const clock = createMovedClock();
  const announcer = createAnnouncer(clock);
  const polite: string[] = [];
  const assertive: string[] = [];
  announcer.spoken.subscribe((after, before) => {
    if (after.polite !== before.polite) polite.push(after.polite);
    if (after.assertive !== before.assertive) assertive.push(after.assertive);
  });
  return { clock, announcer, polite, assertive };
}

const stop: StopView = {
  intent: 'cancel',
  by: 'window',
  requestedAt: SCENE_AT,
  deadlineAt: SCENE_AT + 12_000,
  stage: 'terminating',
  forced: false,
};

describe('screen readers are told', () => {
  it('a stop at its start and with 5 seconds left, not each second', () => {
    const { clock, announcer, polite } = createListener();
    const before = job(147, { status: 'running' });
    const after = { ...before, stop };
    const store = createStore(() => ({ openJobs: new Map([[147, before]]) }));
    startStopCountdown(store, announcer, clock);
    store.setState({ openJobs: new Map([[147, after]]) });
    announceJob(announcer, before, after, clock.now());
    clock.pass(30);
    expect(polite).toEqual(['#147 cancelling, 12 seconds left', '#147 cancelling, 5 seconds left']);
    expect(clock.listeners.size, 'nobody watches the clock any more').toBe(0);
  });

  it('once more after the deadline was moved', () => {
    const { clock, announcer, polite } = createListener();
    const store = createStore(() => ({ openJobs: new Map([[1, job(1, { status: 'running', stop })]]) }));
    startStopCountdown(store, announcer, clock);
    store.setState({ openJobs: new Map(store.getState().openJobs) });
    clock.pass(8);
    const later = { ...stop, deadlineAt: stop.deadlineAt + 10_000 };
    store.setState({ openJobs: new Map([[1, job(1, { status: 'running', stop: later })]]) });
    clock.pass(20);
    expect(polite).toEqual(['#1 cancelling, 5 seconds left']);
    expect(announcer.spoken.getState().turn).toBe(2);
  });

  it('what failed, is stuck or quarantined at once; what completed politely', () => {
    const { announcer, polite, assertive } = createListener();
    const running = job(5, { status: 'running' });
    announceJob(announcer, running, { ...running, status: 'completed', endedAt: 1, sentence: 'exit 0' }, SCENE_AT);
    announceJob(announcer, running, { ...running, status: 'failed', endedAt: 1, sentence: 'exit 1' }, SCENE_AT);
    announceJob(announcer, running, { ...running, stop: { ...stop, stage: 'stuck' }, sentence: 'held' }, SCENE_AT);
    const { gpus } = sceneSnapshot(SCENE_AT);
    const well = { ...gpus, gpus: gpus.gpus.map((gpu) => ({ ...gpu, quarantine: null })) };
    const ill = {
      ...gpus,
      gpus: well.gpus.map((gpu) => (gpu.index === 2 ? { ...gpu, quarantine: 'no answer' } : gpu)),
    };
    announceGpus(announcer, well, ill);
    announceGpus(announcer, ill, ill);
    expect(polite).toEqual(['#5 completed: exit 0']);
    expect(assertive).toEqual(['#5 failed: exit 1', '#5 stuck: held', 'GPU 2 quarantined: no answer']);
  });
});
