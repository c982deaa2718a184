import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventStore } from '../../../src/main/core/db/eventStore.ts';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import type { StateChange } from '../../../src/main/core/db/manyRuns.ts';
import type { JobState } from '../../../src/main/core/domain/job.ts';
import { transition } from '../../../src/main/core/domain/transition.ts';
import type { JobEvent } from '../../../src/main/core/domain/transition.ts';
import { newJob, TestFolder } from './folder.ts';

const JOBS = 6;
const rowsOf = (db: Database): unknown => [
  db.prepare('SELECT * FROM jobs ORDER BY id').all(),
  db.prepare('SELECT * FROM runs ORDER BY id').all(),
];

/** One round of events, one for each job. */
const round = fc.array(fc.constantFrom('cancel', 'claim', 'requeue', 'time-limit'), {
  minLength: JOBS,
  maxLength: JOBS,
});

function eventFor(kind: string, id: number, attempt: number, state: JobState): JobEvent {
  const run = state.status === 'queued' ? 'none' : state.run;
  if (kind === 'cancel')
    return { type: 'cancel', by: id % 2 === 0 ? 'http' : 'cli', force: false, freshRun: `${id}-${attempt + 1}-x` };
  if (kind === 'claim') return { type: 'claim', run: `${id}-${attempt + 1}-y`, gpus: id % 3 === 0 ? ['GPU-A'] : [] };
  return kind === 'requeue' ? { type: 'requeue' } : { type: 'time-limit', run };
}

test('many changes in one go leave the rows that one after the other would', () => {
  fc.assert(
    fc.property(fc.array(round, { minLength: 1, maxLength: 5 }), (rounds) => {
      using first = new TestFolder();
      using second = new TestFolder();
      const dbs = [first.open(), second.open()] as const;
      const [single, many] = [createJobStore(dbs[0]), createJobStore(dbs[1])];
      for (const jobs of [single, many])
        jobs.insertManyTx(Array.from({ length: JOBS }, (_, n) => newJob({ graceMs: n % 2 })));
      for (const [at, kinds] of rounds.entries()) {
        const changes: StateChange[] = [];
        for (const [place, kind] of kinds.entries()) {
          const job = single.get(place + 1);
          if (job === null) throw new Error('lost');
          const result = transition(job, eventFor(kind, job.id, job.attempt, job.state), 1_000 + at);
          if (result.ok && result.value.changed) changes.push({ job, next: result.value });
        }
        const one = changes.map(({ job, next }) => single.writeTx(job, next, 'b'));
        expect(many.writeManyTx(changes, 'b')).toEqual(one);
        expect(rowsOf(dbs[1])).toEqual(rowsOf(dbs[0]));
      }
    }),
    { numRuns: 40 },
  );
});

test('a row that was changed meanwhile stops them all', () => {
  using folder = new TestFolder();
  const db = folder.open();
  const jobs = createJobStore(db);
  const added = jobs.insertManyTx([newJob(), newJob()]);
  const changes = added.map((job): StateChange => ({
    job,
    next: { state: { status: 'pending', run: `${job.id}-1-x`, gpus: [], claimedAt: 5, stop: null }, attempt: 1 },
  }));
  jobs.writePlaceTx(
    added[1] ??
      (() => {
        throw new Error('lost');
      })(),
    { held: true, priority: 0, position: 2 },
  );
  expect(() => db.transaction(() => jobs.writeManyTx(changes, 'b')).immediate()).toThrow(
    '1 jobs changed between read and write',
  );
  expect(jobs.counts()).toMatchObject({ queued: 2, pending: 0 });
});

test('events of several jobs have the numbers that follow, in their order', () => {
  using folder = new TestFolder();
  const events = createEventStore(folder.open());
  events.appendTx(1, 'queue.mode', null, {});
  const first = events.appendManyTx(
    2,
    'job.ended',
    [3, 1, 2].map((jobId) => ({ jobId, data: { name: `„${jobId}" \\ \n` } })),
  );
  expect(first).toBe(2);
  expect(events.since(1, 10).map(({ seq, at, kind, jobId, data }) => [seq, at, kind, jobId, data])).toEqual(
    [3, 1, 2].map((jobId, place) => [2 + place, 2, 'job.ended', jobId, { name: `„${jobId}" \\ \n` }]),
  );
  expect(events.appendTx(3, 'queue.mode', null, {})).toBe(5);
});
