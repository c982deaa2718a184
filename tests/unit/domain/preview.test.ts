import { describe, expect, test } from 'vitest';
import { previewOf } from '../../../src/main/core/domain/preview.ts';
import type { Track, Waiting, Yard } from '../../../src/main/core/domain/schedule.ts';

function track(index: number, over: Partial<Track> = {}): Track {
  return {
    uuid: `GPU-${index}`,
    index,
    memoryTotalMiB: 24_576,
    undeclaredMiB: 0,
    foreign: null,
    quarantine: null,
    ...over,
  };
}

function wish(over: Partial<Waiting> = {}): Waiting {
  return {
    jobId: 0,
    priority: 0,
    held: false,
    after: [],
    gpus: 0,
    gpuMemoryMiB: null,
    gpuUuids: [],
    minGpuMemoryMiB: null,
    overtaken: 0,
    ...over,
  };
}

const idle: Yard = { mode: 'run', waiting: [], live: [], tracks: [track(0), track(1)], cpuSlots: 1 };
const CUDA = 'CUDA_VISIBLE_DEVICES is set to the UUIDs of the GPUs it gets.';

describe('what would become of a submission', () => {
  test('it starts at once, and where', () => {
    expect(previewOf(idle, wish(), false)).toEqual(['Starts at once in a CPU slot.']);
    expect(previewOf(idle, wish({ gpus: 2 }), false)).toEqual(['Starts at once on GPUs 0 and 1.', CUDA]);
  });

  test('it waits, in the words of its blocker', () => {
    const busy: Yard = { ...idle, live: [{ jobId: 7, gpus: [], gpuMemoryMiB: null }] };
    expect(previewOf(busy, wish(), false)).toEqual(['Waits for the CPU slot.']);
    const taken = { ...idle, tracks: [track(0, { foreign: 'python (4412)' }), track(1)] };
    expect(previewOf(taken, wish({ gpus: 2 }), false)).toEqual([
      'Needs 2 GPUs, 1 free: GPU 0 used by python (4412).',
      CUDA,
    ]);
  });

  test('what waits for something else is told which GPUs it would get as things are', () => {
    const after = wish({ gpus: 1, after: [{ jobId: 3, status: 'running' }] });
    expect(previewOf(idle, after, false)).toEqual([
      'After #3, which is running.',
      'As things are, it would then run on GPU 0.',
      CUDA,
    ]);
    const held = wish({ gpus: 2, gpuMemoryMiB: 18_432, held: true });
    const one = { ...idle, tracks: [track(0), track(1, { quarantine: 'pid 9 will not exit' })] };
    expect(previewOf(one, held, false)[1]).toBe('It also needs 2 GPUs with 18.0 GiB each: 1 would do now.');
  });

  test('its place decides: behind its own priority, before a lower one, and first of all when it is asked for', () => {
    const waiting = [wish({ jobId: 1, priority: 5 }), wish({ jobId: 2 }), wish({ jobId: 3, priority: -1 })];
    const crowded: Yard = { ...idle, waiting, cpuSlots: 2 };
    expect(previewOf(crowded, wish(), false)[0]).toMatch(/^Waits/);
    expect(previewOf(crowded, wish({ priority: 1 }), false)[0]).toMatch(/^Starts/);
    expect(previewOf(crowded, wish(), true)[0]).toMatch(/^Starts/);
  });

  test('a job that cannot run here is not promised a GPU', () => {
    const sentences = previewOf({ ...idle, mode: 'pause' }, wish({ gpus: 3 }), false);
    expect(sentences).toEqual(['The queue is paused.', CUDA]);
  });
});
