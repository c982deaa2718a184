import { textOf } from './terminal.ts';
import { PLAIN } from './ansi.ts';
import type { Style } from './ansi.ts';
import type { LogLine, Span } from './terminal.ts';

/** Where a search hit is. */
export interface Hit {
  readonly line: number;
  readonly column: number;
}

/** More hits than this are not counted: nobody steps through them. */
export const HITS_MAX = 10_000;

/** Every place where `query` is written, whatever its case, from line `from` on. */
export function findHits(lines: readonly LogLine[], query: string, from = 0): readonly Hit[] {
  const wanted = query.toLowerCase();
  const hits: Hit[] = [];
  if (wanted === '') return hits;
  for (let line = from; line < lines.length; line += 1) {
    const text = textOf(lines[line] ?? '').toLowerCase();
    for (let column = text.indexOf(wanted); column >= 0; column = text.indexOf(wanted, column + wanted.length)) {
      hits.push({ line, column });
      if (hits.length >= HITS_MAX) return hits;
    }
  }
  return hits;
}

/** A piece of a line as it is drawn: one style, and whether it is part of a hit. */
export interface Piece extends Span {
  readonly mark: 'none' | 'hit' | 'current';
}

/** The line in pieces, cut at the hits of `query`; the hit at `current` is told apart. */
export function piecesOf(line: LogLine, query: string, current: number | null): readonly Piece[] {
  const spans: readonly Span[] = typeof line === 'string' ? [{ text: line, style: PLAIN }] : line;
  const hits = findHits([line], query);
  if (hits.length === 0) return spans.map((span) => ({ ...span, mark: 'none' }));
  const pieces: Piece[] = [];
  let column = 0;
  for (const { text, style } of spans) {
    pieces.push(...cutSpan(text, style, column, hits, query.length, current));
    column += text.length;
  }
  return pieces;
}

function cutSpan(
  text: string,
  style: Style,
  start: number,
  hits: readonly Hit[],
  length: number,
  current: number | null,
): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const hit of hits) {
    const from = Math.max(at, hit.column - start);
    const to = Math.min(text.length, hit.column + length - start);
    if (to <= at || from >= text.length) continue;
    if (from > at) pieces.push({ text: text.slice(at, from), style, mark: 'none' });
    pieces.push({ text: text.slice(from, to), style, mark: hit.column === current ? 'current' : 'hit' });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), style, mark: 'none' });
  return pieces;
}
