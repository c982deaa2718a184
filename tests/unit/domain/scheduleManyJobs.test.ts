import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fittingTracks, impossible } from '../../../src/main/core/domain/fit.ts';
import type { Blocker } from '../../../src/main/core/domain/blocker.ts';
import { OVERTAKES_ALLOWED, schedule } from '../../../src/main/core/domain/schedule.ts';
import type { Holding, Schedule, Start, Track, Waiting, Yard } from '../../../src/main/core/domain/schedule.ts';

/**
 * The rules for jobs with GPUs, said in the plainest way: every job is looked at by itself, against everything that has been
 * passed so far. The product remembers what it has found, since a queue may be long.
 */
function plainly({ waiting, tracks, live: before }: Yard): Schedule {
  const [starts, blockers, live]: [Start[], Map<number, Blocker>, Holding[]] = [[], new Map(), [...before]];
  const passed: Waiting[] = [];
  for (const job of waiting) {
    const keeper = passed.find((first) => first.priority > job.priority || first.overtaken >= OVERTAKES_ALLOWED);
    const { free, refusals } = fittingTracks(job, tracks ?? [], live);
    const never = impossible(job, tracks);
    if (never !== null) blockers.set(job.jobId, never);
    else if (keeper !== undefined) blockers.set(job.jobId, { kind: 'behind', jobId: keeper.jobId });
    else if (free.length < job.gpus) {
      passed.push(job);
      blockers.set(job.jobId, { kind: 'gpus-busy', wanted: job.gpus, free: free.length, refusals });
    } else {
      const gpus = free.slice(0, job.gpus);
      starts.push({ jobId: job.jobId, gpus, overtakes: passed.map(({ jobId }) => jobId) });
      live.push({ jobId: job.jobId, gpus, gpuMemoryMiB: job.gpuMemoryMiB });
      for (const [place, first] of passed.entries()) passed[place] = { ...first, overtaken: first.overtaken + 1 };
    }
  }
  return { starts, blockers };
}

const track = (index: number): Track => ({
  uuid: `GPU-${index}`,
  index,
  memoryTotalMiB: 24_000,
  undeclaredMiB: 0,
  foreign: index === 3 ? 'pid 1' : null,
  quarantine: null,
});

const job = fc.record({
  priority: fc.constantFrom(0, 0, 0, 5),
  gpus: fc.integer({ min: 1, max: 4 }),
  gpuMemoryMiB: fc.constantFrom(null, 8_000, 16_000),
  overtaken: fc.constantFrom(0, 0, 6, 7, 8),
});

test('what is remembered within one look changes nothing of what it decides', () => {
  fc.assert(
    fc.property(fc.array(job, { maxLength: 40 }), fc.integer({ min: 0, max: 4 }), (wishes, gpus) => {
      const waiting = wishes
        .map((wish, place): Waiting => ({
          ...wish,
          jobId: place + 1,
          held: false,
          after: [],
          gpuUuids: [],
          minGpuMemoryMiB: null,
        }))
        .sort((a, b) => b.priority - a.priority || a.jobId - b.jobId);
      const yard: Yard = {
        mode: 'run',
        waiting,
        live: [],
        tracks: Array.from({ length: gpus }, (_, index) => track(index)),
        cpuSlots: 0,
      };
      expect(schedule(yard)).toEqual(plainly(yard));
    }),
    { numRuns: 2_000 },
  );
});
