import type { GpuUuid, Ms, RunId } from '../domain/job.ts';
import type { Row } from './attribution.ts';

/** At most one write per run in so long: a peak creeps up with every sample while a model is being loaded. */
const WRITE_EVERY_MS = 5_000;

interface Peak {
  mib: number;
  written: number;
  writtenAt: Ms;
}

/** Keeps the most memory each run was seen to use on one GPU. */
export interface Peaks {
  /** A new list of processes. */
  readonly note: (
    rows: readonly Row[],
    runs: readonly { readonly run: RunId; readonly gpus: readonly GpuUuid[] }[],
  ) => void;
  /** The run is over: writes what is not written yet. */
  readonly end: (run: RunId) => void;
}

/** `write` is called with a run's peak, never with a smaller one than before. */
export function createPeaks(write: (run: RunId, mib: number) => void, now: () => Ms): Peaks {
  const peaks = new Map<RunId, Peak>();

  function flush(run: RunId, peak: Peak): void {
    if (peak.mib <= peak.written) return;
    peak.written = peak.mib;
    peak.writtenAt = now();
    write(run, peak.mib);
  }

  return {
    note(rows, runs) {
      for (const { run, gpus } of runs) {
        const used = Math.max(0, ...gpus.map((gpu) => memoryOn(gpu, run, rows)));
        if (used === 0) continue;
        const peak = peaks.get(run) ?? { mib: 0, written: 0, writtenAt: Number.NEGATIVE_INFINITY };
        peak.mib = Math.max(peak.mib, used);
        peaks.set(run, peak);
        if (now() - peak.writtenAt >= WRITE_EVERY_MS) flush(run, peak);
      }
    },
    end(run) {
      const peak = peaks.get(run);
      if (peak !== undefined) flush(run, peak);
      peaks.delete(run);
    },
  };
}

/** What the processes of a run are listed with on a GPU, MiB. */
export function memoryOn(gpu: GpuUuid, run: RunId, rows: readonly Row[]): number {
  return rows
    .filter(({ process, owner }) => process.gpuUuid === gpu && owner?.run === run)
    .reduce((sum, { process }) => sum + (process.memoryUsedMiB ?? 0), 0);
}
