import { useEffect, useMemo, useRef, useState } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { useParts } from '../../state/window.tsx';
import { LogFollower } from './logFollower.ts';
import { findHits } from './logSearch.ts';
import type { Hit } from './logSearch.ts';

/** A log while it is shown. `version` changes with its lines. */
export interface ShownLog {
  readonly follower: LogFollower;
  readonly version: number;
  readonly problem: string | null;
  /** Why the log is not there any more, in the core's words. */
  readonly removed: string | null;
}

/** Reads the log of `job` while the component is there and the document visible. */
export function useLog(job: JobView): ShownLog {
  const { api } = useParts();
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const { id } = job;
  const follower = useMemo(
    () =>
      new LogFollower(id, {
        read: async (input) => {
          const part = await api.request('log.read', input);
          setRemoved(part.removed ?? null);
          return part;
        },
        pause: (ms) => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => resolve()), ms)),
        onLines: () => {
          setProblem(null);
          setVersion((count) => count + 1);
        },
        onProblem: setProblem,
      }),
    [api, id],
  );
  const { status, attempt } = job;
  useEffect(() => {
    // A queued job has no log yet. Each run has a log file of its own, and each status may be the one that made it.
    if (status === 'queued') return undefined;
    follower.openRun(attempt);
    const onVisibility = () => (document.hidden ? follower.stop() : follower.start());
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      follower.stop();
    };
  }, [follower, status, attempt]);
  return { follower, version, problem, removed };
}

/** The hits of `query` in what is in memory. Lines that will not change any more are searched once. */
export function useHits({ follower, version }: ShownLog, query: string): readonly Hit[] {
  const known = useRef<{
    readonly query: string;
    readonly stretch: object;
    readonly shift: number;
    readonly settled: number;
    readonly hits: readonly Hit[];
  } | null>(null);
  return useMemo(() => {
    const { lines, settled, shift, stretch } = follower.buffer;
    const before = known.current;
    const isSame = before !== null && before.query === query && before.stretch === stretch;
    const goesOn = isSame && before.shift === shift && before.settled <= settled;
    const kept = goesOn ? before.hits : [];
    const from = goesOn ? before.settled : 0;
    const hits = [...kept, ...findHits(lines, query, from)];
    known.current = { query, stretch, shift, settled, hits: hits.filter((hit) => hit.line < settled) };
    return hits;
    // The lines are one growing array: its version says when it changed.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [follower, query, version]);
}
