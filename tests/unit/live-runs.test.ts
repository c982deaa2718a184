import { expect, test } from 'vitest';
import type { JobView } from '../../src/shared/job.ts';
import type { Ask } from '../../src/main/askCore.ts';
import { liveRuns, runsHere } from '../../src/main/liveRuns.ts';

test('all live runs are found, beyond the most that one answer holds', async () => {
  const all = Array.from({ length: 2_500 }, (_, place) => ({ id: 2_500 - place }));
  const ask = (async (_: string, { limit, cursor }: { readonly limit: number; readonly cursor?: number }) => {
    const jobs = all.filter(({ id }) => cursor === undefined || id < cursor).slice(0, limit);
    return { jobs, nextCursor: jobs.length < limit ? null : (jobs.at(-1)?.id ?? null) };
  }) as unknown as Ask;
  expect(await liveRuns(ask)).toEqual(all);
});

test('runs on a cluster do not keep this machine awake, nor an update back', () => {
  const jobs = [{ target: { kind: 'local' } }, { target: { kind: 'slurm' } }] as unknown as readonly JobView[];
  expect(runsHere(jobs)).toEqual([jobs[0]]);
  expect(runsHere(jobs.slice(1))).toEqual([]);
});
