import { useEffect, useState } from 'react';
import type { GpuCurves } from '../../../shared/gpuCurve.ts';
import type { JobView } from '../../../shared/job.ts';
import { isLive } from '../../state/jobState.ts';
import { useParts } from '../../state/window.tsx';

/** A live run's points come seconds apart; more often there would be nothing new to see. */
const AGAIN_MS = 5_000;

const NONE: GpuCurves = { gpus: [], everyMs: 0 };

/** What the GPUs of `job`'s last run did: read when it is shown, and again while the run lives and the document is visible. */
export function useGpuCurves(job: JobView): GpuCurves {
  const { api } = useParts();
  const [curves, setCurves] = useState(NONE);
  const { id, status, attempt, gpus } = job;
  const isRunning = isLive(job);
  useEffect(() => {
    if (gpus === 0 || status === 'queued') return undefined;
    let isShown = true;
    function read(): void {
      if (document.hidden) return;
      api.request('jobs.gpuCurve', { jobId: id }).then(
        (answer) => (isShown ? setCurves(answer) : undefined),
        // A core that is gone is said elsewhere; what was read stays.
        () => undefined,
      );
    }
    read();
    const timer = isRunning ? setInterval(read, AGAIN_MS) : undefined;
    document.addEventListener('visibilitychange', read);
    return () => {
      isShown = false;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', read);
    };
    // Each run has curves of its own.
    // oxlint-disable-next-line react-hooks/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [api, id, status, attempt, gpus, isRunning]);
  return curves;
}
