import { describe, expect, it } from 'vitest';
import { firstStep, hitNear, nextHit, stepAfter } from '../../../src/renderer/features/job/logFind.ts';
import { HITS_MAX } from '../../../src/renderer/features/job/logSearch.ts';

const HITS = [
  { line: 2, column: 4 },
  { line: 2, column: 9 },
  { line: 7, column: 0 },
];
const WHOLE = { startOffset: 0, nextOffset: 1_000, fileSize: 1_000 };
const MIDDLE = { startOffset: 400, nextOffset: 600, fileSize: 1_000 };

describe('the next hit', () => {
  it('is the nearest one beyond the place, which need not be a hit itself', () => {
    expect(nextHit(HITS, { line: 2, column: 4 }, 1)).toBe(1);
    expect(nextHit(HITS, { line: 2, column: 4 }, -1)).toBeNull();
    expect(nextHit(HITS, { line: 5, column: 50 }, 1)).toBe(2);
    expect(nextHit(HITS, { line: 5, column: 50 }, -1)).toBe(1);
    expect(nextHit(HITS, { line: 7, column: 0 }, 1)).toBeNull();
  });

  it('is the first or the last one from nowhere', () => {
    expect(nextHit(HITS, null, 1)).toBe(0);
    expect(nextHit(HITS, null, -1)).toBe(2);
    expect(nextHit([], null, 1)).toBeNull();
  });

  it('goes round in a log that is loaded whole, without a question', () => {
    expect(firstStep(1, HITS, { line: 7, column: 0 }, WHOLE, 3)).toEqual({ kind: 'hit', index: 0 });
    expect(firstStep(-1, HITS, { line: 2, column: 4 }, WHOLE, 3)).toEqual({ kind: 'hit', index: 2 });
    expect(firstStep(1, [], null, WHOLE, 3)).toEqual({ kind: 'nothing' });
  });

  it('is asked for beyond the loaded part, with what its edge may cut', () => {
    const question = { from: 596, backwards: false, isWrapped: false };
    expect(firstStep(1, HITS, { line: 7, column: 0 }, MIDDLE, 5)).toEqual({ kind: 'ask', question });
    const back = { from: 400, backwards: true, isWrapped: false };
    expect(firstStep(-1, HITS, { line: 2, column: 4 }, MIDDLE, 5)).toEqual({ kind: 'ask', question: back });
  });

  it('is asked for at the other end of the log where nothing is left in its direction', () => {
    const tail = { ...MIDDLE, nextOffset: 1_000 };
    const question = { from: null, backwards: false, isWrapped: true };
    expect(firstStep(1, [], null, tail, 5)).toEqual({ kind: 'ask', question });
    const head = { ...MIDDLE, startOffset: 0 };
    const back = { from: null, backwards: true, isWrapped: true };
    expect(firstStep(-1, [], null, head, 5)).toEqual({ kind: 'ask', question: back });
  });

  it('stays in what is loaded when there are more than anybody counts', () => {
    const many = Array.from({ length: HITS_MAX }, (_, line) => ({ line, column: 0 }));
    expect(firstStep(1, many, many.at(-1) ?? null, MIDDLE, 1)).toEqual({ kind: 'hit', index: 0 });
  });
});

describe('the answer of a search in the whole log', () => {
  const on = { from: 596, backwards: false, isWrapped: false };
  const round = { from: null, backwards: false, isWrapped: true };

  it('is loaded, also where the loaded part cuts it', () => {
    expect(stepAfter(on, 900, HITS, MIDDLE, 5)).toEqual({ kind: 'load', offset: 900 });
    expect(stepAfter(on, 597, HITS, MIDDLE, 5)).toEqual({ kind: 'load', offset: 597 });
  });

  it('goes on at the other end when there is none', () => {
    expect(stepAfter(on, null, HITS, MIDDLE, 5)).toEqual({ kind: 'ask', question: round });
    expect(stepAfter({ ...on, backwards: true }, null, [], { ...MIDDLE, nextOffset: 1_000 }, 5)).toEqual({
      kind: 'nothing',
    });
  });

  it('comes back to the loaded hits, or to nothing', () => {
    expect(stepAfter(round, 450, HITS, MIDDLE, 5)).toEqual({ kind: 'hit', index: 0 });
    expect(stepAfter({ ...round, backwards: true }, 450, HITS, MIDDLE, 5)).toEqual({ kind: 'hit', index: 2 });
    expect(stepAfter(round, null, [], MIDDLE, 5)).toEqual({ kind: 'nothing' });
  });

  it('is shown in place where a carriage return has overwritten it', () => {
    expect(stepAfter(round, 450, [], MIDDLE, 5)).toEqual({ kind: 'load', offset: 450 });
  });
});

it('the hit nearest to a byte’s column is the one in its line; a line that shows none has none', () => {
  expect(hitNear(HITS, { line: 2, column: 8 })).toEqual(HITS[1]);
  expect(hitNear(HITS, { line: 3, column: 0 })).toBeNull();
});
