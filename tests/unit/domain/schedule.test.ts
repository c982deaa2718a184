import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ELSEWHERE_AT_ONCE, OVERTAKES_ALLOWED, schedule } from '../../../src/main/core/domain/schedule.ts';
import type { Holding, Track, Waiting, Yard } from '../../../src/main/core/domain/schedule.ts';
import { waiting as plainWaiting } from './jobs.ts';

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
function wants(jobId: number, gpus: number, gpuMemoryMiB: number | null = null, over: Partial<Waiting> = {}): Waiting {
  return plainWaiting(jobId, { gpus, gpuMemoryMiB, ...over });
}
function holds(jobId: number, gpus: readonly string[], gpuMemoryMiB: number | null = null): Holding {
  return { jobId, gpus, gpuMemoryMiB };
}
function decide(over: Partial<Yard>): { starts: Record<number, readonly string[]>; blockers: Record<number, unknown> } {
  const { starts, blockers } = schedule({
    mode: 'run',
    waiting: [],
    live: [],
    tracks: [track(0), track(1)],
    cpuSlots: 1,
    ...over,
  });
  return {
    starts: Object.fromEntries(starts.map(({ jobId, gpus }) => [jobId, gpus])),
    blockers: Object.fromEntries(blockers),
  };
}

describe('the queue as a whole', () => {
  test('an empty queue starts nothing and blocks nothing', () => {
    expect(decide({})).toEqual({ starts: {}, blockers: {} });
  });

  test.for([
    { mode: 'pause' as const, kind: 'paused' },
    { mode: 'drain' as const, kind: 'draining' },
  ])('$mode: nothing starts, and every job says so, also one that could never run', ({ mode, kind }) => {
    expect(decide({ mode, waiting: [wants(1, 0), wants(2, 1), wants(3, 9)] })).toEqual({
      starts: {},
      blockers: { 1: { kind }, 2: { kind }, 3: { kind } },
    });
  });

  test('jobs start in the order of the list', () => {
    expect(
      schedule({
        mode: 'run',
        waiting: [wants(9, 1), wants(2, 0), wants(5, 1)],
        live: [],
        tracks: [track(0), track(1)],
        cpuSlots: 1,
      }).starts,
    ).toEqual([
      { jobId: 9, gpus: ['GPU-0'], overtakes: [] },
      { jobId: 2, gpus: [], overtakes: [] },
      { jobId: 5, gpus: ['GPU-1'], overtakes: [] },
    ]);
  });
});

describe('jobs for another scheduler', () => {
  test('many are handed over in slices, those of this machine all at once', () => {
    const far = Array.from({ length: 1_000 }, (_, place) => ({ ...wants(place + 1, 1), elsewhere: true }));
    const yard = {
      mode: 'run' as const,
      live: [],
      tracks: [track(0)],
      cpuSlots: 1,
      waiting: [...far, wants(2_000, 0)],
    };
    const { starts, blockers } = schedule(yard);
    expect(starts.map(({ jobId }) => jobId)).toEqual([
      ...far.slice(0, ELSEWHERE_AT_ONCE).map(({ jobId }) => jobId),
      2_000,
    ]);
    expect(blockers.get(ELSEWHERE_AT_ONCE + 1)).toMatchObject({ kind: 'elsewhere' });
    expect(starts.length + blockers.size).toBe(1_001);
  });
});

describe('CPU slots', () => {
  test('jobs without a GPU fill the slots and the rest says what it waits for', () => {
    expect(decide({ cpuSlots: 2, waiting: [wants(1, 0), wants(2, 0), wants(3, 0)] })).toEqual({
      starts: { 1: [], 2: [] },
      blockers: { 3: { kind: 'cpu-slots', slots: 2 } },
    });
  });

  test('a live CPU run holds its slot, a live GPU run holds none', () => {
    const live = [holds(1, ['GPU-0']), holds(2, [])];
    expect(decide({ live, waiting: [wants(3, 0)] }).blockers).toEqual({ 3: { kind: 'cpu-slots', slots: 1 } });
    expect(decide({ live: [holds(1, ['GPU-0'])], waiting: [wants(3, 0)] }).starts).toEqual({ 3: [] });
  });

  test('fewer slots than runs, after the setting was lowered, starts nothing and breaks nothing', () => {
    const live = [holds(1, []), holds(2, []), holds(3, [])];
    expect(decide({ live, waiting: [wants(4, 0)] })).toEqual({
      starts: {},
      blockers: { 4: { kind: 'cpu-slots', slots: 1 } },
    });
  });

  test('a CPU job overtakes GPU jobs, which wait for something else', () => {
    expect(decide({ live: [holds(1, ['GPU-0', 'GPU-1'])], waiting: [wants(2, 1), wants(3, 0)] }).starts).toEqual({
      3: [],
    });
  });

  test('without a driver CPU jobs run', () => {
    expect(decide({ tracks: null, waiting: [wants(1, 1), wants(2, 0)] })).toEqual({
      starts: { 2: [] },
      blockers: { 1: { kind: 'no-driver' } },
    });
  });
});

describe('whole GPUs', () => {
  test('a run without declared memory has its GPU to itself', () => {
    expect(decide({ tracks: [track(0)], live: [holds(1, ['GPU-0'])], waiting: [wants(2, 1, 1_000)] }).blockers).toEqual(
      {
        2: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 0, kind: 'job', jobId: 1 }] },
      },
    );
  });

  test('a job that wants a whole GPU does not join one that is shared', () => {
    expect(decide({ tracks: [track(0)], live: [holds(1, ['GPU-0'], 1_000)], waiting: [wants(2, 1)] }).blockers).toEqual(
      {
        2: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 0, kind: 'job', jobId: 1 }] },
      },
    );
  });

  test('one GPU is not given to two jobs in one look', () => {
    expect(decide({ tracks: [track(0)], waiting: [wants(1, 1), wants(2, 1)] })).toEqual({
      starts: { 1: ['GPU-0'] },
      blockers: { 2: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 0, kind: 'job', jobId: 1 }] } },
    });
  });

  test('a GPU with a foreign process is not free, and the words say whose it is', () => {
    const foreign = 'python (pid 4412), not ours, 11.2 GiB';
    expect(decide({ tracks: [track(0, { foreign }), track(1)], waiting: [wants(1, 2)] }).blockers).toEqual({
      1: { kind: 'gpus-busy', wanted: 2, free: 1, refusals: [{ index: 0, kind: 'foreign', words: foreign }] },
    });
  });

  test('a foreign process also keeps jobs that would share away', () => {
    expect(decide({ tracks: [track(0, { foreign: 'x' })], waiting: [wants(1, 1, 100)] }).starts).toEqual({});
  });

  test('a quarantined GPU gets nothing, and the quarantine is told before the foreign process', () => {
    expect(
      decide({ tracks: [track(0, { quarantine: 'pid 9 will not die', foreign: 'x' })], waiting: [wants(1, 1)] })
        .blockers,
    ).toEqual({
      1: {
        kind: 'gpus-busy',
        wanted: 1,
        free: 0,
        refusals: [{ index: 0, kind: 'quarantined', words: 'pid 9 will not die' }],
      },
    });
  });
});

describe('jobs that can never run here', () => {
  test('more GPUs than there are', () => {
    expect(decide({ waiting: [wants(1, 3)] }).blockers).toEqual({
      1: { kind: 'too-few-gpus', wanted: 3, present: 2, named: false },
    });
  });

  test('more memory than enough of the GPUs have', () => {
    expect(
      decide({ tracks: [track(0), track(1, { memoryTotalMiB: 8_192 })], waiting: [wants(1, 2, 16_000)] }).blockers,
    ).toEqual({
      1: { kind: 'gpus-too-small', wanted: 2, memoryMiB: 16_000, large: 1 },
    });
  });

  test('they do not hold up those behind them', () => {
    expect(decide({ waiting: [wants(1, 3), wants(2, 1, 99_999), wants(3, 1)] }).starts).toEqual({ 3: ['GPU-0'] });
  });
});

describe('sharing by memory', () => {
  test('jobs share a GPU up to its memory, exactly', () => {
    const tracks = [track(0, { memoryTotalMiB: 10_000 })];
    expect(decide({ tracks, live: [holds(1, ['GPU-0'], 4_000)], waiting: [wants(2, 1, 6_000)] }).starts).toEqual({
      2: ['GPU-0'],
    });
    expect(decide({ tracks, live: [holds(1, ['GPU-0'], 4_000)], waiting: [wants(2, 1, 6_001)] }).blockers).toEqual({
      2: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 0, kind: 'memory', leftMiB: 6_000 }] },
    });
  });

  test('a job does not get an empty GPU that is too small for it while a larger one is there', () => {
    const tracks = [track(0, { memoryTotalMiB: 8_192 }), track(1)];
    expect(decide({ tracks, waiting: [wants(1, 1, 16_000)] }).starts).toEqual({ 1: ['GPU-1'] });
  });

  test('while the larger GPU is busy the job waits instead of taking the small one', () => {
    const tracks = [track(0, { memoryTotalMiB: 8_192 }), track(1)];
    expect(decide({ tracks, live: [holds(9, ['GPU-1'])], waiting: [wants(1, 1, 16_000)] }).blockers).toEqual({
      1: {
        kind: 'gpus-busy',
        wanted: 1,
        free: 0,
        refusals: [
          { index: 0, kind: 'memory', leftMiB: 8_192 },
          { index: 1, kind: 'job', jobId: 9 },
        ],
      },
    });
  });

  test('a shared GPU is filled before a whole one is broken into', () => {
    expect(decide({ live: [holds(1, ['GPU-1'], 1_000)], waiting: [wants(2, 1, 1_000), wants(3, 1)] }).starts).toEqual({
      2: ['GPU-1'],
      3: ['GPU-0'],
    });
  });

  test('a GPU of unknown memory is given to one job only', () => {
    const tracks = [track(0, { memoryTotalMiB: null })];
    expect(decide({ tracks, waiting: [wants(1, 1, 1_000), wants(2, 1, 1_000)] })).toEqual({
      starts: { 1: ['GPU-0'] },
      blockers: { 2: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 0, kind: 'job', jobId: 1 }] } },
    });
  });
});

describe('what a job waits for besides GPUs', () => {
  test('a held job waits whatever is free', () => {
    expect(decide({ waiting: [wants(1, 1, null, { held: true }), wants(2, 1)] })).toEqual({
      starts: { 2: ['GPU-0'] },
      blockers: { 1: { kind: 'held' } },
    });
  });

  test.for(['queued', 'pending', 'running', 'failed', 'cancelled', null] as const)(
    'a job after one that is %s waits and says so',
    (status) => {
      expect(decide({ waiting: [wants(2, 0, null, { after: [{ jobId: 1, status }] })] }).blockers).toEqual({
        2: { kind: 'after', jobId: 1, status },
      });
    },
  );

  test('a job after several names the first that has not completed, and starts when all have', () => {
    const done = { jobId: 1, status: 'completed' } as const;
    expect(
      decide({ waiting: [wants(9, 0, null, { after: [done, { jobId: 2, status: 'running' }] })] }).blockers,
    ).toEqual({
      9: { kind: 'after', jobId: 2, status: 'running' },
    });
    expect(
      decide({ waiting: [wants(9, 0, null, { after: [done, { jobId: 2, status: 'completed' }] })] }).starts,
    ).toEqual({ 9: [] });
  });

  test('who waits for another job does not stand in the way of those behind', () => {
    const waiting = [wants(1, 2, null, { priority: 5, after: [{ jobId: 7, status: 'running' }] }), wants(2, 1)];
    expect(decide({ waiting }).starts).toEqual({ 2: ['GPU-0'] });
  });
});

describe('GPUs that a job names', () => {
  test('only those will do', () => {
    expect(decide({ waiting: [wants(1, 1, null, { gpuUuids: ['GPU-1'] })] }).starts).toEqual({ 1: ['GPU-1'] });
  });

  test('one that is busy is waited for though another is free, and only it is named', () => {
    expect(
      decide({ live: [holds(9, ['GPU-1'])], waiting: [wants(1, 1, null, { gpuUuids: ['GPU-1'] })] }).blockers,
    ).toEqual({
      1: { kind: 'gpus-busy', wanted: 1, free: 0, refusals: [{ index: 1, kind: 'job', jobId: 9 }] },
    });
  });

  test('one that is no longer here is never waited for in silence', () => {
    expect(decide({ waiting: [wants(1, 1, null, { gpuUuids: ['GPU-7'] })] }).blockers).toEqual({
      1: { kind: 'too-few-gpus', wanted: 1, present: 0, named: true },
    });
  });

  test('a wish for large GPUs leaves the small ones out, also for a whole GPU', () => {
    const tracks = [track(0, { memoryTotalMiB: 8_192 }), track(1)];
    expect(decide({ tracks, waiting: [wants(1, 1, null, { minGpuMemoryMiB: 16_000 })] }).starts).toEqual({
      1: ['GPU-1'],
    });
    expect(decide({ tracks, waiting: [wants(1, 2, null, { minGpuMemoryMiB: 16_000 })] }).blockers).toEqual({
      1: { kind: 'gpus-too-small', wanted: 2, memoryMiB: 16_000, large: 1 },
    });
  });
});

describe('who may pass whom', () => {
  const busy = { live: [holds(9, ['GPU-0'])] };

  test('a small job fills the gap that a big one of its priority cannot use, and is counted', () => {
    expect(
      schedule({
        mode: 'run',
        tracks: [track(0), track(1)],
        cpuSlots: 1,
        ...busy,
        waiting: [wants(2, 2), wants(3, 1)],
      }),
    ).toEqual({
      starts: [{ jobId: 3, gpus: ['GPU-1'], overtakes: [2] }],
      blockers: new Map([
        [2, { kind: 'gpus-busy', wanted: 2, free: 1, refusals: [{ index: 0, kind: 'job', jobId: 9 }] }],
      ]),
    });
  });

  test('a job of lower priority never passes', () => {
    expect(decide({ ...busy, waiting: [wants(2, 2, null, { priority: 1 }), wants(3, 1)] })).toEqual({
      starts: {},
      blockers: {
        2: { kind: 'gpus-busy', wanted: 2, free: 1, refusals: [{ index: 0, kind: 'job', jobId: 9 }] },
        3: { kind: 'behind', jobId: 2 },
      },
    });
  });

  test('a big job is not starved: passed often enough, what it waits for is kept for it', () => {
    const waiting = (overtaken: number): Waiting[] => [wants(2, 2, null, { overtaken }), wants(3, 1)];
    expect(decide({ ...busy, waiting: waiting(OVERTAKES_ALLOWED - 1) }).starts).toEqual({ 3: ['GPU-1'] });
    expect(decide({ ...busy, waiting: waiting(OVERTAKES_ALLOWED) }).blockers[3]).toEqual({ kind: 'behind', jobId: 2 });
  });

  test('many that start in one look count as many', () => {
    const tracks = Array.from({ length: OVERTAKES_ALLOWED + 2 }, (_, index) => track(index));
    const small = Array.from({ length: OVERTAKES_ALLOWED + 1 }, (_, place) => wants(10 + place, 1));
    const { starts, blockers } = decide({
      tracks,
      live: [holds(9, ['GPU-0'])],
      waiting: [wants(2, tracks.length), ...small],
    });
    expect(Object.keys(starts)).toHaveLength(OVERTAKES_ALLOWED);
    expect(blockers[10 + OVERTAKES_ALLOWED]).toEqual({ kind: 'behind', jobId: 2 });
  });

  test('a job that can never run says so instead of standing behind somebody', () => {
    const waiting = [wants(2, 2, null, { overtaken: OVERTAKES_ALLOWED }), wants(3, 5)];
    expect(decide({ ...busy, waiting }).blockers[3]).toEqual({
      kind: 'too-few-gpus',
      wanted: 5,
      present: 2,
      named: false,
    });
  });
});

describe('for any yard', () => {
  const anyMemory = fc.option(fc.integer({ min: 1, max: 30_000 }));
  const anyTracks = fc.option(
    fc.array(
      fc.record({
        memoryTotalMiB: fc.option(fc.constantFrom(8_192, 24_576), { freq: 5 }),
        undeclaredMiB: fc.constantFrom(0, 0, 0, 700, 30_000),
        foreign: fc.option(fc.constant('python (pid 1)'), { freq: 1, nil: null }),
        quarantine: fc.option(fc.constant('stuck'), { freq: 1, nil: null }),
      }),
      { maxLength: 4 },
    ),
    { freq: 9 },
  );
  const anyYard = fc
    .record({
      mode: fc.constantFrom('run' as const, 'run' as const, 'run' as const, 'drain' as const, 'pause' as const),
      waiting: fc.array(
        fc.record({
          priority: fc.constantFrom(0, 0, 0, 3),
          held: fc.constantFrom(false, false, false, true),
          after: fc.constantFrom<Waiting['after']>(
            [],
            [],
            [],
            [{ jobId: 99, status: 'running' }],
            [{ jobId: 99, status: 'completed' }],
          ),
          gpus: fc.nat({ max: 4 }),
          gpuMemoryMiB: anyMemory,
          gpuUuids: fc.constantFrom<readonly string[]>([], [], [], ['GPU-0'], ['GPU-0', 'GPU-2']),
          minGpuMemoryMiB: fc.constantFrom(null, null, 10_000),
          overtaken: fc.nat({ max: 9 }),
        }),
        { maxLength: 12 },
      ),
      tracks: anyTracks,
      cpuSlots: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ mode, waiting, tracks, cpuSlots }): Yard => {
      const present = tracks?.map((one, index) => ({ ...one, uuid: `GPU-${index}`, index })) ?? null;
      const jobs = waiting.map((one, place) => ({ ...one, jobId: place }));
      // What a first look starts is live in the second one: live runs that could really be.
      const first = schedule({ mode: 'run', waiting: jobs.slice(0, 5), live: [], tracks: present, cpuSlots });
      const live = first.starts.map(({ jobId, gpus }) => ({
        jobId,
        gpus,
        gpuMemoryMiB: jobs[jobId]?.gpuMemoryMiB ?? null,
      }));
      return { mode, waiting: jobs.slice(5).sort((a, b) => b.priority - a.priority), live, tracks: present, cpuSlots };
    });
  const runs = { numRuns: 2_000 };

  test('every waiting job is started or has a blocker, never both', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const { starts, blockers } = schedule(yard);
        expect([...starts.map((start) => start.jobId), ...blockers.keys()].sort((a, b) => a - b)).toEqual(
          yard.waiting.map((job) => job.jobId).sort((a, b) => a - b),
        );
      }),
      runs,
    );
  });

  test('a job gets as many different GPUs as it asks for, none of them foreign, quarantined or unknown', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        for (const { jobId, gpus } of schedule(yard).starts) {
          const job = yard.waiting.find((one) => one.jobId === jobId);
          expect(new Set(gpus).size).toBe(job?.gpus);
          for (const uuid of gpus) {
            const given = yard.tracks?.find((one) => one.uuid === uuid);
            expect(given).toMatchObject({ foreign: null, quarantine: null });
            if (job !== undefined && job.gpuUuids.length > 0) expect(job.gpuUuids).toContain(uuid);
            if (job !== undefined)
              expect(given?.memoryTotalMiB ?? Infinity).toBeGreaterThanOrEqual(job.minGpuMemoryMiB ?? 0);
          }
        }
      }),
      runs,
    );
  });

  test('no GPU is promised beyond its memory, and none is in two runs where one is exclusive', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const started = schedule(yard).starts.map(({ jobId, gpus }) => ({
          jobId,
          gpus,
          gpuMemoryMiB: yard.waiting.find((one) => one.jobId === jobId)?.gpuMemoryMiB ?? null,
        }));
        const runsThen = [...yard.live, ...started];
        for (const { uuid, memoryTotalMiB } of yard.tracks ?? []) {
          const holders = runsThen.filter((run) => run.gpus.includes(uuid));
          if (holders.some((run) => run.gpuMemoryMiB === null) || memoryTotalMiB === null)
            expect(holders.length).toBeLessThanOrEqual(1);
          else
            expect(holders.reduce((sum, run) => sum + (run.gpuMemoryMiB ?? 0), 0)).toBeLessThanOrEqual(memoryTotalMiB);
        }
      }),
      runs,
    );
  });

  test('CPU slots are never overdrawn', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const { starts } = schedule(yard);
        const onCpu = [...yard.live, ...starts].filter((run) => run.gpus.length === 0).length;
        expect(onCpu).toBeLessThanOrEqual(yard.cpuSlots);
      }),
      runs,
    );
  });

  test('nobody passes a job of higher priority, nor one that was passed often enough, and each pass is counted', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const { starts, blockers } = schedule(yard);
        const passes = new Map(yard.waiting.map((job) => [job.jobId, job.overtaken]));
        for (const { jobId, overtakes } of starts) {
          const place = yard.waiting.findIndex((job) => job.jobId === jobId);
          const busyBefore = yard.waiting
            .slice(0, place)
            .filter((job) => blockers.get(job.jobId)?.kind === 'gpus-busy');
          if (yard.waiting[place]?.gpus === 0) {
            expect(overtakes).toEqual([]);
            continue;
          }
          expect(overtakes).toEqual(busyBefore.map((job) => job.jobId));
          for (const job of busyBefore) {
            expect(job.priority).toBe(yard.waiting[place]?.priority);
            expect(passes.get(job.jobId)).toBeLessThan(OVERTAKES_ALLOWED);
            passes.set(job.jobId, (passes.get(job.jobId) ?? 0) + 1);
          }
        }
      }),
      runs,
    );
  });

  test('no job waits beside GPUs that fit it, unless they are kept for somebody', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const { blockers } = schedule(yard);
        for (const [, blocker] of blockers)
          if (blocker.kind === 'gpus-busy') expect(blocker.free).toBeLessThan(blocker.wanted);
        for (const [jobId, blocker] of blockers) {
          if (blocker.kind !== 'behind') continue;
          expect(blocker.jobId).not.toBe(jobId);
          expect(blockers.get(blocker.jobId)?.kind).toBe('gpus-busy');
        }
      }),
      runs,
    );
  });

  test('deciding changes nothing of what it was given', () => {
    fc.assert(
      fc.property(anyYard, (yard) => {
        const before = structuredClone(yard);
        schedule(yard);
        expect(yard).toEqual(before);
      }),
      runs,
    );
  });
});
