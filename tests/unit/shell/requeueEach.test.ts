import { expect, test } from 'vitest';
import type { Ask } from '../../../src/main/askCore.ts';
import { requeueEach } from '../../../src/main/shell/notifications/requeueEach.ts';

/** A core that puts back every job but those with an odd number. */
function coreThat(onAsked: (jobId: number) => void): Ask {
  return (async (_: string, { jobId }: { readonly jobId: number }) => {
    onAsked(jobId);
    if (jobId % 2 === 1) throw new Error(`#${jobId} is gone`);
  }) as unknown as Ask;
}

test('an Undo of many lets others have their turn after each', async () => {
  const asked: number[] = [];
  const seenByOthers = new Set<number>();
  const other = setInterval(() => seenByOthers.add(asked.length), 0);
  const ids = Array.from({ length: 2_000 }, (_, place) => place * 2);
  expect(
    await requeueEach(
      coreThat((jobId) => asked.push(jobId)),
      ids,
    ),
  ).toBeNull();
  clearInterval(other);
  expect(asked).toEqual(ids);
  expect(seenByOthers.size).toBeGreaterThan(1);
});

test('what was not put back is told once', async () => {
  const core = coreThat(() => {});
  expect(await requeueEach(core, [3])).toBe('#3 is gone');
  expect(await requeueEach(core, [1, 2, 3])).toBe(
    '2 of 3 jobs were not put back into the queue. The first: #1 is gone',
  );
});
