import { useEffect, useRef, useState } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { useParts } from '../../state/window.tsx';
import { firstStep, hitNear, stepAfter } from './logFind.ts';
import type { Direction, Step } from './logFind.ts';
import { findHits } from './logSearch.ts';
import type { Hit } from './logSearch.ts';
import { useHits } from './useLog.ts';
import type { ShownLog } from './useLog.ts';

/** A search that is quick says nothing while it goes on. */
const QUIET_MS = 300;

/** A place in one stretch of the log; its line is counted so that lines which come or go in front do not matter. */
interface Place extends Hit {
  readonly stretch: object;
}

/** The search in a log. */
export interface LogSearch {
  readonly query: string;
  readonly hits: readonly Hit[];
  /** The place that was gone to, whether or not its line still shows the text. */
  readonly place: Hit | null;
  /** Which hit stands there; -1 is none. */
  readonly index: number;
  /** What a person has to know of the search in the whole log. */
  readonly words: string | null;
  readonly isSearching: boolean;
  readonly setQuery: (query: string) => void;
  /** Goes to the next hit of the whole log in that direction. */
  readonly step: (direction: Direction) => void;
  /** Forgets a search that goes on; its answer is not listened to. */
  readonly cancel: () => void;
}

/** Searches in what is loaded, and in the whole log where that has no further hit. `onLeave`: the end is not followed any more. */
export function useLogSearch(job: JobView, log: ShownLog, onLeave: () => void): LogSearch {
  const { api } = useParts();
  const { follower } = log;
  const { buffer } = follower;
  const [query, writeQuery] = useState('');
  const [known, setKnown] = useState<Place | null>(null);
  const [said, setSaid] = useState<{ readonly run: string; readonly words: string } | null>(null);
  const [searched, setSearched] = useState<string | null>(null);
  const [isSlow, setSlow] = useState(false);
  /** Every search has another number: the answer to an earlier one is stale. */
  const round = useRef(0);
  // Another job or run is another log: what was said of one does not hold for the other.
  const run = `${job.id}-${job.attempt}`;
  const shown = useRef(run);
  const isSearching = searched === run;
  const hits = useHits(log, query);
  const place = known?.stretch === buffer.stretch ? { line: known.line + buffer.shift, column: known.column } : null;

  function cancel(): void {
    round.current += 1;
    setSearched(null);
    setSaid(null);
  }

  function setWords(words: string): void {
    setSaid({ run, words });
  }

  useEffect(() => {
    if (!isSearching) return undefined;
    const timer = setTimeout(() => setSlow(true), QUIET_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [isSearching]);
  useEffect(() => {
    shown.current = run;
  }, [run]);

  function goTo({ line, column }: Hit): void {
    const { shift, stretch } = follower.buffer;
    onLeave();
    setKnown({ line: line - shift, column, stretch });
  }

  async function stepTo(first: Step, isStale: () => boolean): Promise<void> {
    let next = first;
    while (next.kind === 'ask') {
      const { question } = next;
      const { from, backwards } = question;
      const { offset } = await api.request('log.find', {
        jobId: job.id,
        text: query,
        backwards,
        anyCase: true,
        ...(from === null ? {} : { from }),
      });
      if (isStale()) return;
      const loaded = findHits(follower.buffer.lines, query);
      next = stepAfter(question, offset, loaded, follower.buffer, bytesOf(query));
    }
    if (next.kind === 'load') {
      const at = await follower.showAround(next.offset);
      if (isStale() || at === null) return;
      const near = hitNear(findHits(follower.buffer.lines, query), at);
      goTo(near ?? at);
      if (near === null) setWords('Found in text that is not shown: it was overwritten, or its line is too long.');
    } else if (next.kind === 'hit') {
      const hit = findHits(follower.buffer.lines, query)[next.index];
      if (hit !== undefined) goTo(hit);
    } else setWords(`“${query}” was not found in the whole log.`);
  }

  function step(direction: Direction): void {
    if (query === '' || isSearching) return;
    setSaid(null);
    const first = firstStep(direction, hits, place, buffer, bytesOf(query));
    const hit = first.kind === 'hit' ? hits[first.index] : undefined;
    if (hit !== undefined) {
      goTo(hit);
      return;
    }
    const mine = (round.current += 1);
    const isStale = (): boolean => round.current !== mine || shown.current !== run;
    setSearched(run);
    stepTo(first, isStale)
      .catch((cause: unknown) => {
        if (!isStale()) setWords(cause instanceof Error ? cause.message : 'The log cannot be searched.');
      })
      .finally(() => {
        if (round.current === mine) setSearched(null);
      });
  }

  return {
    query,
    hits,
    place,
    index: place === null ? hits.length - 1 : hits.findIndex((hit) => isAt(hit, place)),
    words: isSearching
      ? isSlow
        ? 'Searching the whole log… Esc ends it.'
        : null
      : said?.run === run
        ? said.words
        : null,
    isSearching,
    setQuery(text) {
      cancel();
      setKnown(null);
      writeQuery(text);
    },
    step,
    cancel,
  };
}

function isAt(hit: Hit, place: Hit): boolean {
  return hit.line === place.line && hit.column === place.column;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
