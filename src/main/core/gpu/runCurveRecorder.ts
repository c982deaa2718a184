import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { GpuUuid, JobId, RunId } from '../domain/job.ts';
import { sampleOf } from './runCurve.ts';
import { RunCurveFile } from './runCurveFile.ts';
import type { LiveHolder } from './tracks.ts';

/** What curves are recorded with. */
export interface RunCurveParts {
  readonly live: () => readonly LiveHolder[];
  readonly folderOf: (jobId: JobId, run: RunId) => string;
  /** Told once for each run whose curve cannot be written. */
  readonly onProblem: (error: unknown) => void;
}

interface Recorded {
  readonly file: RunCurveFile;
  /** A sample is being written: a slow disk loses samples and holds nobody up. */
  isBusy: boolean;
  hasFailed: boolean;
}

/** Keeps what the GPUs of every live run do, in the run's folder. */
export class RunCurveRecorder {
  readonly #parts: RunCurveParts;
  readonly #runs = new Map<RunId, Recorded>();

  constructor(parts: RunCurveParts) {
    this.#parts = parts;
  }

  /** Takes every new snapshot, its processes with the jobs they belong to. */
  onSample(snapshot: () => GpuSnapshot): void {
    const live = this.#parts.live();
    const running = new Set(live.map(({ run }) => run));
    for (const run of this.#runs.keys()) if (!running.has(run)) this.#runs.delete(run);
    if (live.length === 0) return;
    const latest = snapshot();
    for (const { jobId, run, gpus } of live) {
      const recorded = this.#recordOf(jobId, run, gpus);
      const sample = recorded.isBusy ? null : sampleOf(latest, jobId, gpus);
      if (sample === null) continue;
      recorded.isBusy = true;
      recorded.file
        .add(sample)
        .then(
          () => (recorded.hasFailed = false),
          (error: unknown) => {
            if (!recorded.hasFailed) this.#parts.onProblem(error);
            recorded.hasFailed = true;
          },
        )
        .finally(() => (recorded.isBusy = false));
    }
  }

  #recordOf(jobId: JobId, run: RunId, gpus: readonly GpuUuid[]): Recorded {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const made = { file: new RunCurveFile(this.#parts.folderOf(jobId, run), gpus), isBusy: false, hasFailed: false };
    this.#runs.set(run, made);
    return made;
  }
}
