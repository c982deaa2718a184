import { HITS_MAX } from './logSearch.ts';
import type { Hit } from './logSearch.ts';

/** Towards the end of the log, or towards its beginning. */
export type Direction = 1 | -1;

/** The bytes of the log that are in memory, and how many there are. */
export interface Stretch {
  readonly startOffset: number;
  readonly nextOffset: number;
  readonly fileSize: number;
}

/** A question to `log.find`. */
export interface Question {
  /** Null is the beginning of the file, and backwards its end. */
  readonly from: number | null;
  readonly backwards: boolean;
  /** The search came to one end of the log and goes on at the other. */
  readonly isWrapped: boolean;
}

/** What finding the next or previous hit comes to. */
export type Step =
  | { readonly kind: 'hit'; readonly index: number }
  | { readonly kind: 'ask'; readonly question: Question }
  /** The text around this byte is to be loaded. */
  | { readonly kind: 'load'; readonly offset: number }
  | { readonly kind: 'nothing' };

const NOTHING: Step = { kind: 'nothing' };

/** The index of the hit nearest to `place` in that direction, `place` itself left out; from nowhere, the first or the last. */
export function nextHit(hits: readonly Hit[], place: Hit | null, direction: Direction): number | null {
  const isBeyond = (hit: Hit): boolean => place === null || compare(hit, place) * direction > 0;
  const index = direction === 1 ? hits.findIndex(isBeyond) : hits.findLastIndex(isBeyond);
  return index < 0 ? null : index;
}

/** What to do first: go to a loaded hit while there is one in that direction, else ask in the part that is not loaded. */
export function firstStep(
  direction: Direction,
  hits: readonly Hit[],
  place: Hit | null,
  stretch: Stretch,
  needleBytes: number,
): Step {
  const index = nextHit(hits, place, direction);
  if (index !== null) return { kind: 'hit', index };
  // Nobody steps through so many: they go round in what is loaded.
  if (hits.length >= HITS_MAX) return edge(direction, hits);
  if (direction === 1 && stretch.nextOffset < stretch.fileSize) {
    // A hit that the end of the loaded part cuts begins so much before it.
    const from = Math.max(stretch.startOffset, stretch.nextOffset - needleBytes + 1);
    return { kind: 'ask', question: { from, backwards: false, isWrapped: false } };
  }
  if (direction === -1 && stretch.startOffset > 0)
    return { kind: 'ask', question: { from: stretch.startOffset, backwards: true, isWrapped: false } };
  return wrapped(direction, hits, stretch);
}

/** What to do with the answer of `log.find`: the byte of a hit, or null. */
export function stepAfter(
  question: Question,
  offset: number | null,
  hits: readonly Hit[],
  stretch: Stretch,
  needleBytes: number,
): Step {
  const direction = question.backwards ? -1 : 1;
  if (offset === null) return question.isWrapped ? edge(direction, hits) : wrapped(direction, hits, stretch);
  const isLoaded = offset >= stretch.startOffset && offset + needleBytes <= stretch.nextOffset;
  // Round the whole log and back: what is loaded has the first one. Without a drawn hit there it was overwritten.
  return question.isWrapped && isLoaded && hits.length > 0 ? edge(direction, hits) : { kind: 'load', offset };
}

/** The hit of that line nearest to that column: colours and wide characters move it; null when the line shows none. */
export function hitNear(hits: readonly Hit[], place: Hit): Hit | null {
  let nearest: Hit | null = null;
  for (const hit of hits) {
    if (hit.line !== place.line) continue;
    if (nearest === null || Math.abs(hit.column - place.column) < Math.abs(nearest.column - place.column))
      nearest = hit;
  }
  return nearest;
}

function wrapped(direction: Direction, hits: readonly Hit[], stretch: Stretch): Step {
  const isUnread = direction === 1 ? stretch.startOffset > 0 : stretch.nextOffset < stretch.fileSize;
  return isUnread
    ? { kind: 'ask', question: { from: null, backwards: direction === -1, isWrapped: true } }
    : edge(direction, hits);
}

/** The first loaded hit, backwards the last one. */
function edge(direction: Direction, hits: readonly Hit[]): Step {
  if (hits.length === 0) return NOTHING;
  return { kind: 'hit', index: direction === 1 ? 0 : hits.length - 1 };
}

function compare(one: Hit, other: Hit): number {
  return one.line - other.line || one.column - other.column;
}
