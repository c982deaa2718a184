import { expect, test } from 'vitest';
import { TestYard } from '../../helpers/core.ts';

test('a change that a listener makes is told after the one that it has just heard of, to everybody', async () => {
  await using yard = new TestYard();
  await yard.get('queue.setMode', { mode: 'pause' });
  const heard: number[] = [];
  // It comes before the one that notes: without a turn for each change it would make that one hear its own change first.
  let answers = 0;
  const ends = [
    yard.core.on('changed', ({ kind }) => {
      if (kind !== 'job.submitted' || answers === 3) return;
      answers += 1;
      void yard.submit(['true']);
    }),
    yard.core.on('changed', ({ seq }) => heard.push(seq)),
  ];
  await yard.submit(['true']);
  for (const end of ends) end();
  expect(heard).toHaveLength(4);
  expect(heard).toEqual(heard.toSorted((a, b) => a - b));
});

test('a pause that is asked for while others are told of a change holds at once: nothing is decided on what was before', async () => {
  await using yard = new TestYard();
  const asked: Promise<{ readonly mode: string }>[] = [];
  const end = yard.core.on('changed', ({ kind }) => {
    if (kind === 'job.submitted') asked.push(yard.get('queue.setMode', { mode: 'pause' }));
  });
  const { id } = await yard.submit(['true']);
  end();
  const [paused] = await Promise.all(asked);
  expect(paused?.mode).toBe('pause');
  expect((await yard.job(id)).status).toBe('queued');
});

test('what a run leaves free is given away in the same commit as its end: no job waits for a second one', async () => {
  await using yard = new TestYard();
  await yard.get('settings.set', { cpuSlots: 1 });
  await yard.get('queue.setMode', { mode: 'pause' });
  const first = await yard.submit(['true']);
  const next = await yard.submit(['true']);
  const seen: Promise<{ readonly status: string }>[] = [];
  const end = yard.core.on('changed', ({ kind, jobId }) => {
    if (kind === 'job.ended' && jobId === first.id) seen.push(yard.job(next.id));
  });
  await yard.get('queue.setMode', { mode: 'run' });
  await yard.until(next.id, 'completed');
  end();
  expect(await Promise.all(seen)).toMatchObject([{ status: 'pending' }]);
});
