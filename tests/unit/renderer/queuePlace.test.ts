import { describe, expect, it } from 'vitest';
import { rowMenuEntries } from '../../../src/renderer/features/queue/rowMenuEntries.ts';
import type { RowMenuActions } from '../../../src/renderer/features/queue/rowMenuEntries.ts';
import { indexBeside, placeAt, priorityBy } from '../../../src/renderer/state/queuePlace.ts';
import { RowList, jobRows } from '../../../src/renderer/state/rowList.ts';
import { chosenIds, rangeOf, toggled } from '../../../src/renderer/state/selection.ts';
import type { JobView } from '../../../src/shared/job.ts';
import { job } from './fixture/scene.ts';

const queued = (id: number, priority = 0, held = false) => job(id, { status: 'queued', priority, held });
const EVEN = [queued(1), queued(2), queued(3)];
const MIXED = [queued(1, 5), queued(2, 5), queued(3, 0), queued(4, 0)];

describe('a place in the queue', () => {
  it.each([
    ['to the head', EVEN, 3, 0, { to: { before: 1 } }],
    ['one up', EVEN, 3, 1, { to: { before: 2 } }],
    ['to the end', EVEN, 1, 2, { to: 'last' }],
    ['where it stands', EVEN, 2, 1, null],
    ['to the end of its own priority', MIXED, 1, 1, { to: 'last' }],
    ['behind a lower priority, which it takes', MIXED, 2, 2, { to: { before: 4 } }],
    ['to the very end, across priorities', MIXED, 1, 3, { to: 'last', priority: 0 }],
    ['before a higher priority, which it takes', MIXED, 3, 1, { to: { before: 2 } }],
    ['at the head of its own priority', MIXED, 4, 2, { to: { before: 3 } }],
    ['a job that left meanwhile', EVEN, 9, 0, null],
  ] as const)('%s', (_, order, jobId, index, wish) => {
    expect(placeAt(order, jobId, index)).toEqual(wish);
  });

  it('stands before or behind a neighbour, and stays beside itself', () => {
    expect([indexBeside(EVEN, 3, 1, -1), indexBeside(EVEN, 1, 2, 1), indexBeside(EVEN, 2, 2, 1)]).toEqual([0, 1, 1]);
  });

  it('keeps a priority within what the core takes', () => {
    expect([priorityBy(queued(1, 1_000), 1), priorityBy(queued(1, -1_000), -1), priorityBy(queued(1), 1)]).toEqual([
      1_000, -1_000, 1,
    ]);
  });
});

describe('the chosen jobs', () => {
  const rows = new RowList(jobRows(EVEN), [], new Map());

  it('are several only while the job that leads is one of them', () => {
    expect([...chosenIds({ selectedId: 2, selection: new Set([1, 2]) })]).toEqual([1, 2]);
    expect([...chosenIds({ selectedId: 3, selection: new Set([1, 2]) })]).toEqual([3]);
    expect(chosenIds({ selectedId: null, selection: new Set([1]) }).size).toBe(0);
  });

  it('are a range in either direction', () => {
    expect([...rangeOf(rows, 2, 1)]).toEqual([2, 3]);
    expect([...rangeOf(rows, 0, 99)]).toEqual([1, 2, 3]);
  });

  it('come and go one by one, and one of them leads', () => {
    const two = toggled({ selectedId: 1, selection: new Set() }, 3);
    expect([two.selectedId, [...two.selection]]).toEqual([3, [1, 3]]);
    expect(toggled(two, 3)).toMatchObject({ selectedId: 1 });
    expect(toggled({ selectedId: 1, selection: new Set() }, 1).selectedId).toBeNull();
  });
});

describe('the menu of rows', () => {
  const asked: unknown[] = [];
  const note = (name: string) => (jobs: JobView | readonly JobView[]) =>
    asked.push([name, [jobs].flat().map(({ id }) => id)]);
  const actions: RowMenuActions = {
    place: (jobs, change) => asked.push(...jobs.map((view) => [view.id, change(view)])),
    move: note('move'),
    cancel: note('cancel'),
    force: note('force'),
    extend: note('extend'),
    requeue: note('requeue'),
    runAgain: note('runAgain'),
    show: note('show'),
    copyCommand: note('copy'),
    remove: (jobIds) => asked.push(['remove', jobIds]),
  };
  const labels = (...jobs: readonly JobView[]) =>
    rowMenuEntries(jobs, actions).map((entry) => (entry === 'separator' ? '-' : entry.label));
  const choose = (label: string, ...jobs: readonly JobView[]) => {
    asked.length = 0;
    for (const entry of rowMenuEntries(jobs, actions))
      if (entry !== 'separator' && entry.label === label) entry.onChoose();
    return asked;
  };

  it('offers what fits the state of one job', () => {
    expect(labels(queued(1))).toContain('Hold');
    expect(labels(queued(1, 0, true))).toContain('Release');
    expect(labels(job(1, { status: 'running' }))).not.toContain('Hold');
    expect(labels(job(1, { status: 'failed' }))).toContain('Requeue: same job, new run');
    const stop = { by: 'window', intent: 'cancel', requestedAt: 0, deadlineAt: 0, forced: false } as const;
    expect(labels(job(1, { status: 'running', stop: { ...stop, stage: 'terminating' } }))).toContain('Wait longer');
    expect(labels(job(1, { status: 'running', stop: { ...stop, stage: 'stuck' } })).at(-1)).toBe('Force now');
    expect(labels()).toEqual([]);
  });

  it('moves several to the top in their order, and holds those that are not held', () => {
    expect(choose('Move 2 jobs to top', queued(1), queued(2))).toEqual([
      [2, { to: 'first' }],
      [1, { to: 'first' }],
    ]);
    expect(choose('Hold 1 job', queued(1), queued(2, 0, true))).toEqual([[1, { held: true }]]);
    expect(choose('Raise priority of 2 jobs', queued(1, 3), queued(2))).toEqual([
      [1, { priority: 4 }],
      [2, { priority: 1 }],
    ]);
  });

  it('deletes only what is over, also what was never scrolled to, and offers it to nobody else', () => {
    expect(choose('Delete with its files…', job(3, { status: 'failed' }))).toEqual([['remove', [3]]]);
    expect(
      labels(queued(1))
        .concat(labels(job(1, { status: 'running' })))
        .join(),
    ).not.toContain('Delete');
    expect(
      choose(
        'Delete 2 jobs with their files…',
        queued(1),
        job(3, { status: 'failed' }),
        job(4, { status: 'completed' }),
      ),
    ).toEqual([['remove', [3, 4]]]);
    const away = rowMenuEntries([job(3, { status: 'failed' })], actions, [7, 8]).at(-1);
    expect(away).toMatchObject({ label: 'Delete 3 jobs with their files…' });
  });

  it('cancels only what is not over, and tells with “…” that it asks about runs', () => {
    expect(choose('Cancel 1 job', queued(1), job(2, { status: 'failed' }))).toEqual([['cancel', [1]]]);
    expect(labels(queued(1), job(2, { status: 'running' }))).toContain('Cancel 2 jobs…');
  });
});
