import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createJobStore } from '../../../src/main/core/db/jobStore.ts';
import type { JobState } from '../../../src/main/core/domain/job.ts';
import { WaitingList } from '../../../src/main/core/queue/waitingList.ts';
import { newJob, TestFolder } from '../db/folder.ts';

const LEAVING = 3;

test('the list of who waits is what reading the rows again would give, whatever has happened', () => {
  const act = fc.record({
    what: fc.constantFrom('add', 'claim', 'end', 'requeue', 'place', 'hold', 'overtaken', 'renumber'),
    which: fc.nat(30),
    value: fc.integer({ min: -3, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 60 }), (acts) => {
      using folder = new TestFolder();
      const jobs = createJobStore(folder.open());
      const list = new WaitingList(jobs, (id) => id === LEAVING);
      for (const { what, which, value } of acts) {
        const job = jobs.get(which);
        const run = `${which}-${(job?.attempt ?? 0) + 1}-x`;
        const write = (state: JobState, attempt: number): void => {
          if (job !== null) list.follow(jobs.writeTx(job, { state, attempt }, 'b'));
        };
        if (what === 'add') list.follow(jobs.insertTx(newJob({ gpus: which % 3 }, { priority: value })));
        else if (what === 'renumber') {
          jobs.renumberTx();
          list.reload();
        } else if (what === 'overtaken') {
          jobs.countOvertakenTx([which, which + 1, which]);
          list.countOvertaken([which, which + 1, which]);
        } else if (job === null) continue;
        else if (job.state.status === 'queued') {
          if (what === 'claim') write({ status: 'pending', run, gpus: [], claimedAt: 5, stop: null }, job.attempt + 1);
          else if (what === 'place' || what === 'hold')
            list.follow(
              jobs.writePlaceTx(job, { held: what === 'hold', priority: value, position: job.position + value / 2 }),
            );
        } else if (job.state.status === 'pending' && what === 'end') {
          const outcome = { kind: 'exited', code: 0, cause: null } as const;
          write(
            { status: 'completed', run: job.state.run, gpus: [], startedAt: 6, endedAt: 7, outcome, stop: null },
            job.attempt,
          );
        } else if (job.state.status === 'completed' && what === 'requeue')
          write({ status: 'queued', since: 9 }, job.attempt);
        expect(list.inOrder()).toEqual(jobs.turns().filter(({ jobId }) => jobId !== LEAVING));
      }
    }),
    { numRuns: 60 },
  );
});
