import { describe, expect, it } from 'vitest';
import { inDialogOrder, noteBeforeQuit, noteWhileStopping } from '../../../src/renderer/features/quit/quitRows.ts';
import { SCENE_AT, sceneSnapshot } from './fixture/scene.ts';

const scene = sceneSnapshot(SCENE_AT);
const live = scene.jobs.filter(({ status }) => status === 'running' || status === 'pending');
const note = (id: number): string => {
  const found = live.find((view) => view.id === id);
  if (found === undefined) throw new Error(`#${id} is not live in the scene`);
  return noteBeforeQuit(found, scene.gpus.gpus, SCENE_AT);
};

describe('the runs of the quit dialog', () => {
  it('stand with what would be lost most first', () => {
    expect(inDialogOrder(live).map(({ id }) => id)).toEqual([148, 149, 150, 151, 147, 139]);
  });

  it('say how long they would have needed, or what becomes of them', () => {
    expect([148, 149, 150, 151, 147, 139].map(note)).toEqual([
      '1 h 12 m left',
      '22 m left',
      '6 m left',
      'starting',
      'the stop finishes either way',
      'stays on GPU 3',
    ]);
  });

  it('say since when, or how far, where the log tells no end', () => {
    const [run] = live.filter(({ id }) => id === 148);
    if (run === undefined) throw new Error('#148 is live in the scene');
    const started = { ...run, startedAt: SCENE_AT };
    expect(noteBeforeQuit({ ...started, progress: null }, [], SCENE_AT)).toMatch(/^since today \d\d:\d\d$/);
    const far = { fraction: 0.625, position: null, loss: null, secondsLeft: null };
    expect(noteBeforeQuit({ ...started, progress: far }, [], SCENE_AT)).toBe('62 %');
  });

  it('count down to SIGKILL while they are stopped, then say the core’s sentence', () => {
    const [stopping] = live.filter(({ id }) => id === 147);
    if (stopping?.stop === undefined || stopping.stop === null) throw new Error('#147 is being stopped in the scene');
    const at = stopping.stop.deadlineAt;
    expect(noteWhileStopping(stopping, at - 5_000)).toBe('5 s until SIGKILL');
    const killing = { ...stopping, sentence: 'checking', stop: { ...stopping.stop, stage: 'verifying' as const } };
    expect(noteWhileStopping(killing, at)).toBe('checking');
  });
});
