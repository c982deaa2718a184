import { useEffect, useMemo, useState } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { useParts } from '../../state/window.tsx';
import { CurveReader } from './curveReader.ts';

/** The curves of a run while they are shown. `version` changes with their points. */
export interface ShownCurves {
  readonly reader: CurveReader;
  readonly version: number;
  readonly problem: string | null;
  /** Why the log is not there any more, in the core's words. */
  readonly removed: string | null;
}

/** Reads the metrics of `job`'s log while the component is there and the document visible. */
export function useCurves({ id, status, attempt }: JobView): ShownCurves {
  const { api } = useParts();
  const [version, setVersion] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const reader = useMemo(
    () =>
      new CurveReader(id, {
        read: async (input) => {
          const part = await api.request('log.read', input);
          setRemoved(part.removed ?? null);
          return part;
        },
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onPoints: () => setVersion((count) => count + 1),
        onProblem: setProblem,
      }),
    // Each run has a log of its own.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [api, id, attempt],
  );
  useEffect(() => {
    if (status === 'queued') return undefined;
    const onVisibility = () => (document.hidden ? reader.stop() : reader.start());
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      reader.stop();
    };
  }, [reader, status]);
  return { reader, version, problem, removed };
}
