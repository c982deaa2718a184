import { expect, test } from 'vitest';
import { deferred } from '../../../src/main/core/gpu/deferred.ts';
import { createLane, shareWaiting } from '../../../src/main/core/gpu/lane.ts';

test('a caller never gets the answer of a query that began before its call', async () => {
  const lane = createLane();
  const first = deferred<void>();
  let begun = 0;
  const ask = shareWaiting(lane, async () => {
    begun += 1;
    const mine = begun;
    if (mine === 1) await first.promise;
    return mine;
  });
  const early = ask();
  await Promise.resolve();
  await Promise.resolve();
  const late = [ask(), ask()];
  first.resolve();
  expect(await early).toBe(1);
  expect(await Promise.all(late)).toEqual([2, 2]);
});

test('a task that fails does not block the next one', async () => {
  const lane = createLane();
  const failing = lane.run(() => Promise.reject(new Error('no')));
  const next = lane.run(() => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
