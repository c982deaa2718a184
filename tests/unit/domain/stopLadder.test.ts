import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastCallAt, rungAt } from '../../../src/main/core/domain/stopLadder.ts';
import type { Ladder, Rung } from '../../../src/main/core/domain/stopLadder.ts';

function ladder(over: Partial<Ladder> = {}): Ladder {
  return { requestedAt: 0, deadlineAt: 10_000, forced: false, mainExitedAt: null, ...over };
}

describe('at its boundaries', () => {
  test.for<{ now: number; main: number | null; rung: Rung; nextAt: number | null }>([
    { now: 0, main: null, rung: 'main', nextAt: 8_000 },
    { now: 7_999, main: null, rung: 'main', nextAt: 8_000 },
    { now: 7_999, main: 500, rung: 'orphans', nextAt: 8_000 },
    { now: 8_000, main: null, rung: 'rest', nextAt: 10_000 },
    { now: 9_999, main: 500, rung: 'rest', nextAt: 10_000 },
    { now: 10_000, main: null, rung: 'kill', nextAt: null },
    { now: 99_999, main: 500, rung: 'kill', nextAt: null },
  ])('a grace of 10 s at $now ms, main gone at $main: $rung', ({ now, main, rung, nextAt }) => {
    expect(rungAt(ladder({ mainExitedAt: main }), now)).toEqual({ rung, nextAt });
  });

  test('a forced stop kills at once, before the deadline', () => {
    expect(rungAt(ladder({ forced: true }), 0)).toEqual({ rung: 'kill', nextAt: null });
  });

  test('no grace kills at once: main is not signalled first', () => {
    expect(rungAt(ladder({ deadlineAt: 0 }), 0)).toEqual({ rung: 'kill', nextAt: null });
  });

  test.for([
    { graceMs: 35_000, lastCall: 33_000 },
    { graceMs: 8_000, lastCall: 6_000 },
    { graceMs: 4_000, lastCall: 3_000 },
    { graceMs: 1_000, lastCall: 750 },
    { graceMs: 0, lastCall: 0 },
  ])(
    'the last call of a grace of $graceMs ms comes at $lastCall: 2 s before, a quarter where that is less',
    ({ graceMs, lastCall }) => {
      expect(lastCallAt({ requestedAt: 0, deadlineAt: graceMs })).toBe(lastCall);
    },
  );

  test('a clock that went back (a deadline before the request) gives no call after the deadline', () => {
    expect(lastCallAt({ requestedAt: 5_000, deadlineAt: 1_000 })).toBe(1_000);
  });
});

describe('for any stop', () => {
  const HEIGHT: Readonly<Record<Rung, number>> = { main: 0, orphans: 1, rest: 2, kill: 3 };
  const anyLadder = fc
    .record({
      requestedAt: fc.nat({ max: 10_000 }),
      graceMs: fc.nat({ max: 40_000 }),
      mainAfterMs: fc.option(fc.nat({ max: 50_000 })),
      forced: fc.boolean(),
    })
    .map(({ requestedAt, graceMs, mainAfterMs, forced }) => ({
      at: (now: number): Ladder => {
        const goneAt = mainAfterMs === null ? null : requestedAt + mainAfterMs;
        return {
          requestedAt,
          deadlineAt: requestedAt + graceMs,
          forced,
          mainExitedAt: goneAt !== null && goneAt <= now ? goneAt : null,
        };
      },
      requestedAt,
    }));
  const anyTimes = fc
    .array(fc.nat({ max: 60_000 }), { minLength: 2, maxLength: 20 })
    .map((times) => times.sort((a, b) => a - b));

  test('the rung never goes down as time goes on', () => {
    fc.assert(
      fc.property(anyLadder, anyTimes, ({ at, requestedAt }, times) => {
        const heights = times.map((time) => HEIGHT[rungAt(at(requestedAt + time), requestedAt + time).rung]);
        expect(heights).toEqual(heights.toSorted((a, b) => a - b));
      }),
    );
  });

  test('forced is always kill', () => {
    fc.assert(
      fc.property(anyLadder, fc.nat({ max: 60_000 }), ({ at }, now) => {
        expect(rungAt({ ...at(now), forced: true }, now).rung).toBe('kill');
      }),
    );
  });

  test('a timer set for nextAt wakes on the next rung, never in the past and never for nothing', () => {
    fc.assert(
      fc.property(anyLadder, fc.nat({ max: 60_000 }), ({ at, requestedAt }, after) => {
        const stop = at(requestedAt + after);
        const { rung, nextAt } = rungAt(stop, requestedAt + after);
        if (nextAt === null) {
          expect(rung).toBe('kill');
          return;
        }
        expect(nextAt).toBeGreaterThan(requestedAt + after);
        expect(rungAt(stop, nextAt - 0.001).rung).toBe(rung);
        expect(HEIGHT[rungAt(stop, nextAt).rung]).toBeGreaterThan(HEIGHT[rung]);
      }),
    );
  });
});
