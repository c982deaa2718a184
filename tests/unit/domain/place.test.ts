import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../../src/main/core/domain/job.ts';
import { isCrowded, placeAfter } from '../../../src/main/core/domain/place.ts';
import type { PlaceChange } from '../../../src/main/core/domain/place.ts';
import { finished, jobIn, pending, QUEUED, running } from './jobs.ts';

/** The order the scheduler takes: priority, then position, then number. */
function ordered(jobs: readonly Job[]): readonly Job[] {
  return jobs.toSorted((a, b) => b.priority - a.priority || a.position - b.position || a.id - b.id);
}
function queueOf(places: readonly { readonly priority: number; readonly position: number }[]): readonly Job[] {
  return ordered(places.map((place, index) => jobIn(QUEUED, { id: index + 1, ...place })));
}
/** As the queue does it: positions are numbered anew when there is no room left between two. */
function moved(given: readonly Job[], id: number, change: PlaceChange): readonly Job[] {
  const asked = given.find((one) => one.id === id);
  if (asked === undefined) throw new Error('no such job');
  const crowded = typeof change.to === 'object' && isCrowded(asked, change.to.before, given);
  const queue = crowded ? given.map((one, position) => ({ ...one, position })) : given;
  const job = queue.find((one) => one.id === id) ?? asked;
  const place = placeAfter(job, change, queue);
  if (!place.ok) throw new Error(place.error.code);
  return ordered(queue.map((one) => (one.id === id ? { ...one, ...place.value } : one)));
}
const ids = (queue: readonly Job[]): readonly number[] => queue.map((job) => job.id);
const plain = queueOf([1, 2, 3, 4].map((position) => ({ priority: 0, position })));

describe('a place in the queue', () => {
  test.for<[string, PlaceChange, readonly number[]]>([
    ['first', { to: 'first' }, [3, 1, 2, 4]],
    ['last', { to: 'last' }, [1, 2, 4, 3]],
    ['before the head', { to: { before: 1 } }, [3, 1, 2, 4]],
    ['between two', { to: { before: 2 } }, [1, 3, 2, 4]],
    ['before the one behind it: nothing moves', { to: { before: 4 } }, [1, 2, 3, 4]],
    ['a higher priority', { priority: 1 }, [3, 1, 2, 4]],
    ['a lower priority', { priority: -1 }, [1, 2, 4, 3]],
    ['held: it keeps its place', { held: true }, [1, 2, 3, 4]],
  ])('%s', ([, change, order]) => {
    expect(ids(moved(plain, 3, change))).toEqual(order);
  });

  test('before a job of another priority means that priority', () => {
    const queue = moved(plain, 1, { priority: 5 });
    expect(moved(queue, 4, { to: { before: 1 } })[0]).toMatchObject({ id: 4, priority: 5 });
  });

  test('before a job that is not in the queue is refused, before itself as well', () => {
    const [job] = plain;
    if (job === undefined) throw new Error('empty');
    expect(placeAfter(job, { to: { before: 99 } }, plain)).toEqual({
      ok: false,
      error: { code: 'no-such-place', before: 99 },
    });
    expect(placeAfter(job, { to: { before: job.id } }, plain)).toEqual({
      ok: false,
      error: { code: 'no-such-place', before: job.id },
    });
  });

  test.for([pending(), running(), finished('completed'), finished('cancelled')])(
    'a job that is $status has no place to change',
    (state) => {
      expect(placeAfter(jobIn(state), { to: 'first' }, plain)).toEqual({
        ok: false,
        error: { code: 'not-queued', status: state.status },
      });
    },
  );

  test('for any queue, “before” puts it right before, and nobody else moves', () => {
    const anyQueue = fc
      .uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 })
      .chain((positions) =>
        fc.tuple(
          ...positions.map((position) =>
            fc.record({ priority: fc.constantFrom(-1, 0, 0, 7), position: fc.constant(position) }),
          ),
        ),
      )
      .map(queueOf);
    fc.assert(
      fc.property(anyQueue, fc.nat(), fc.nat(), (queue, a, b) => {
        const id = queue[a % queue.length]?.id ?? 0;
        const before = queue[b % queue.length]?.id ?? 0;
        fc.pre(id !== before);
        const order = ids(moved(queue, id, { to: { before } }));
        expect(order.indexOf(before) - order.indexOf(id)).toBe(1);
        expect(order.filter((one) => one !== id)).toEqual(ids(queue).filter((one) => one !== id));
      }),
    );
  });

  test('a hundred jobs put before the same one, one after the other, keep the order they were put in', () => {
    const count = 100;
    let queue = queueOf(Array.from({ length: count + 2 }, (_, position) => ({ priority: 0, position })));
    const target = 2;
    const others = Array.from({ length: count }, (_, index) => index + 3);
    for (const id of others.toReversed()) queue = moved(queue, id, { to: { before: target } });
    expect(ids(queue)).toEqual([1, ...others.toReversed(), target]);
  });
});
