import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { GpuUuid, JobId, RunId } from '../domain/job.ts';
import { sampleOf } from './runCurve.ts';
import type { RunCurve, RunSample } from './runCurve.ts';
import { readRunCurve, RunCurveFile } from './runCurveFile.ts';
import type { LiveHolder } from './tracks.ts';

/** What curves are recorded with. */
export interface RunCurveParts {
  readonly live: () => readonly LiveHolder[];
  readonly folderOf: (jobId: JobId, run: RunId) => string;
  /** Told once for each run whose curve cannot be written. */
  readonly onProblem: (error: unknown) => void;
}

/** A write for each sample of each run costs more than looking at the GPUs does. A crash loses so many samples at most. */
const WRITTEN_TOGETHER = 5;
/** A disk that hangs makes nobody wait and no heap grow: it loses the oldest. */
const MOST_WAITING = 100;

interface Recorded {
  readonly file: RunCurveFile;
  /** Samples that are not written yet. */
  readonly waiting: RunSample[];
  /** The write that is going on. */
  writing: Promise<void> | null;
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
    for (const [run, recorded] of this.#runs)
      if (!running.has(run)) void this.#writeAll(recorded).then(() => this.#runs.delete(run));
    if (live.length === 0) return;
    const latest = snapshot();
    for (const { jobId, run, gpus } of live) {
      const sample = sampleOf(latest, jobId, gpus);
      if (sample === null) continue;
      const recorded = this.#recordOf(jobId, run, gpus);
      recorded.waiting.push(sample);
      if (recorded.waiting.length > MOST_WAITING) recorded.waiting.shift();
      if (recorded.waiting.length >= WRITTEN_TOGETHER) void this.#write(recorded);
    }
  }

  /** The curve of a run up to the last sample, or null where there is none. Rejects when it cannot be read. */
  async curveOf(jobId: JobId, run: RunId): Promise<RunCurve | null> {
    const recorded = this.#runs.get(run);
    if (recorded !== undefined) await this.#writeAll(recorded);
    return readRunCurve(this.#parts.folderOf(jobId, run));
  }

  /** Resolves when nothing waits to be written any more; never rejects. */
  async flush(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((recorded) => this.#writeAll(recorded)));
  }

  async #writeAll(recorded: Recorded): Promise<void> {
    await recorded.writing;
    await this.#write(recorded);
  }

  /** One write at a time: what comes meanwhile waits for the next. */
  #write(recorded: Recorded): Promise<void> {
    recorded.writing ??= this.#writeNow(recorded).finally(() => (recorded.writing = null));
    return recorded.writing;
  }

  async #writeNow(recorded: Recorded): Promise<void> {
    try {
      await recorded.file.add(recorded.waiting.splice(0));
      recorded.hasFailed = false;
    } catch (error) {
      if (!recorded.hasFailed) this.#parts.onProblem(error);
      recorded.hasFailed = true;
    }
  }

  #recordOf(jobId: JobId, run: RunId, gpus: readonly GpuUuid[]): Recorded {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const made: Recorded = {
      file: new RunCurveFile(this.#parts.folderOf(jobId, run), gpus),
      waiting: [],
      writing: null,
      hasFailed: false,
    };
    this.#runs.set(run, made);
    return made;
  }
}
