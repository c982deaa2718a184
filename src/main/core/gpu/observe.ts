import type { GpuUuid } from '../domain/job.ts';
import type { Attribution } from './attribution.ts';
import { verdictOf } from './evidence.ts';
import type { GoneRun, Sharer, Verdict } from './evidence.ts';
import type { Level } from './levels.ts';
import type { GpuMonitor } from './monitor.ts';

/** One GPU as a look after a run's end found it. */
export interface Observation {
  readonly gpu: GpuUuid;
  readonly verdict: Verdict;
  readonly usedMiB: number | null;
}

/** A run that is over, with what was noted of each of its GPUs before it. */
export interface Looked {
  readonly gone: GoneRun;
  readonly gpus: readonly GpuUuid[];
  readonly before: (gpu: GpuUuid) => Level | null;
}

/** Asks the driver once whether the memory of a run that is over is back. */
export type Observe = (looked: Looked) => Promise<readonly Observation[]>;

/** What no answer means. */
export const DRIVER_SILENT: Verdict = { kind: 'held', words: 'the driver does not answer' };

/** What {@link createObserve} asks. */
export interface ObserveParts {
  readonly monitor: Pick<GpuMonitor, 'computeApps' | 'sampleGpus'>;
  readonly attribution: Attribution;
  /** Live runs that use a GPU. */
  readonly sharersOf: (gpu: GpuUuid) => readonly Sharer[];
}

/** Every look asks anew: figures from before the end of a run prove nothing. */
export function createObserve({ monitor, attribution, sharersOf }: ObserveParts): Observe {
  return async ({ gone, gpus, before }) => {
    const [apps, fresh] = await Promise.all([monitor.computeApps(), monitor.sampleGpus()]);
    if (fresh.kind === 'failure') return gpus.map((gpu) => ({ gpu, verdict: DRIVER_SILENT, usedMiB: null }));
    const rows = apps.kind === 'ok' ? attribution.rowsOf(apps.processes) : null;
    return gpus.map((gpu) => {
      const view = fresh.gpus.find(({ uuid }) => uuid === gpu) ?? null;
      const verdict = verdictOf({
        gone,
        gpu,
        before: before(gpu),
        view,
        rows,
        complete: apps.kind === 'ok' && apps.complete,
        pidsAreOurs: attribution.pidsAreOurs(),
        sharers: sharersOf(gpu).filter(({ run }) => run !== gone.run),
      });
      return { gpu, verdict, usedMiB: view?.memoryUsedMiB ?? null };
    });
  };
}
