import { describe, expect, it } from 'vitest';
import type { GpuProcess, GpuView } from '../../../src/shared/gpu.ts';
import { sparkArea, sparkPath, sparkWords } from '../../../src/renderer/features/gpu/sparkline.ts';
import { problemOf, tickCount, trackOf } from '../../../src/renderer/features/gpu/track.ts';
import { HISTORY_MS, addReadings } from '../../../src/renderer/state/gpuHistory.ts';
import { SCENE_AT, job, sceneGpus } from './fixture/scene.ts';

const [gpu] = sceneGpus(SCENE_AT).gpus as readonly [GpuView];
const foreign: GpuProcess = {
  pid: 4_412,
  gpuUuid: gpu.uuid,
  name: '/usr/bin/python',
  memoryUsedMiB: 11_469,
  jobId: null,
  leaked: false,
  words: null,
};
const stop = { intent: 'cancel', by: 'window', requestedAt: 0, deadlineAt: 0, stage: 'stuck', forced: true } as const;

describe('the track of a GPU', () => {
  const holder = job(148, { status: 'running', heldGpus: [gpu.uuid] });

  it('has the colour of the job that holds it alone', () => {
    const [segment] = trackOf(gpu, [], [holder]).segments;
    expect(segment).toMatchObject({ kind: 'job', jobId: 148 });
    expect(segment?.share).toBeCloseTo(0.6, 2);
  });

  it('is dashed while a job has reserved it and uses nothing, striped when it is stuck', () => {
    const idle = { ...gpu, memoryUsedMiB: 300 };
    expect(trackOf(idle, [], [{ ...holder, status: 'pending' }]).segments[0]?.kind).toBe('held');
    expect(trackOf(gpu, [], [{ ...holder, stop }]).segments[0]?.kind).toBe('locked');
  });

  it('claims no share for jobs that share it: the driver’s list does not tell', () => {
    const other = job(149, { status: 'running', heldGpus: [gpu.uuid] });
    const track = trackOf(gpu, [], [holder, other]);
    expect(track.segments).toHaveLength(1);
    expect(track.segments[0]).toMatchObject({ jobId: null, label: '#148, #149' });
  });

  it('has a segment for each job whose process the core names, and for what is reserved, left behind or not ours', () => {
    const own = { ...foreign, jobId: 148, pid: 1, memoryUsedMiB: 9_830 };
    const reserved = job(151, { status: 'pending', heldGpus: [gpu.uuid], gpuMemoryMiB: 4_915 });
    const leaked = { ...foreign, jobId: 140, pid: null, leaked: true, memoryUsedMiB: 2_458, words: 'nobody uses it' };
    const track = trackOf(gpu, [own, { ...own, pid: 2 }, leaked, foreign], [reserved, holder]);
    expect(track.segments.map(({ kind, jobId, share }) => [kind, jobId, Number(share.toFixed(2))])).toEqual([
      ['job', 148, 0.4],
      ['held', 151, 0.1],
      ['leaked', 140, 0.05],
      ['foreign', null, 0.23],
    ]);
    expect(track.segments[2]?.title).toBe('2.4 GiB of #140: nobody uses it');
    expect(track.beside).toBe('python (4412)');
  });

  it('shows a run on a GPU that was not given to it', () => {
    const guest = job(150, { status: 'running', heldGpus: ['GPU-other'] });
    const track = trackOf(gpu, [{ ...foreign, jobId: 150 }], [guest]);
    expect(track.segments).toMatchObject([{ kind: 'job', jobId: 150 }]);
  });

  it('says why a GPU is kept out of use, and which job to look at', () => {
    expect(problemOf(gpu, trackOf(gpu, [], [holder]))).toBeNull();
    expect(problemOf(gpu, trackOf(gpu, [], [{ ...holder, stop, sentence: 'will not exit' }]))).toEqual({
      words: '#148 will not exit',
      jobId: 148,
    });
    const kept = { ...gpu, quarantine: '2.4 GiB did not come back' };
    const leaked = { ...foreign, jobId: 140, leaked: true };
    expect(problemOf(kept, trackOf(kept, [leaked], []))).toEqual({ words: '2.4 GiB did not come back', jobId: 140 });
    expect(problemOf(kept, trackOf(kept, [], []))).toMatchObject({ jobId: null });
  });

  it('hatches what is not ours, with its name and number', () => {
    const track = trackOf(gpu, [foreign], []);
    expect(track).toMatchObject({ beside: 'python (4412)', segments: [{ kind: 'foreign', jobId: null }] });
  });

  it('says nothing of an idle GPU, and takes no unknown memory for 0', () => {
    expect(trackOf({ ...gpu, memoryUsedMiB: 300 }, [], []).segments).toEqual([]);
    expect(trackOf({ ...gpu, memoryUsedMiB: null, memoryTotalMiB: null }, [], [holder]).segments[0]?.kind).toBe('held');
  });

  it('has one tick for each 8 GiB, fewer on large GPUs', () => {
    expect([tickCount(24_564), tickCount(49_140), tickCount(81_559), tickCount(275_040), tickCount(null)]).toEqual([
      3, 6, 10, 9, 1,
    ]);
  });
});

describe('the sparkline', () => {
  it('keeps five minutes, takes each reading once and none that is stale', () => {
    let history = addReadings(new Map(), sceneGpus(SCENE_AT));
    history = addReadings(history, sceneGpus(SCENE_AT));
    history = addReadings(history, { ...sceneGpus(SCENE_AT + 2_000), staleSince: SCENE_AT });
    expect(history.get(gpu.uuid)).toHaveLength(1);
    history = addReadings(history, sceneGpus(SCENE_AT + HISTORY_MS + 1));
    expect(history.get(gpu.uuid)).toHaveLength(1);
  });

  it('is drawn from the right, and says first, last and extremes', () => {
    const readings = [
      { at: 0, percent: 0 },
      { at: HISTORY_MS / 2, percent: 100 },
      { at: HISTORY_MS, percent: 50 },
    ];
    expect(sparkPath(readings)).toBe('M0.0 19.5L42.0 1.0L84.0 10.3');
    expect(sparkArea('M0.0 19.5L84.0 10.3')).toBe('M0.0 19.5L84.0 10.3L84 19.5L0.0 19.5Z');
    expect(sparkPath(readings.slice(0, 1))).toBeNull();
    expect(sparkWords(readings)).toBe('Utilisation of the last 5 minutes: from 0 % to 50 %, lowest 0 %, highest 100 %');
  });
});
