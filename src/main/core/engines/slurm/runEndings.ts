import type { Ms } from '../../domain/job.ts';
import type { RunOrder } from '../engine.ts';
import type { RunPlaces } from './runPlaces.ts';
import type { RunReports } from './runReports.ts';
import { endingOf } from './slurmEnd.ts';
import type { SlurmRun } from './slurmRun.ts';
import type { SlurmSession } from './slurmSession.ts';

/** What ends of runs are found out with. */
export interface RunEndingsParts {
  readonly places: RunPlaces;
  readonly reports: RunReports;
  readonly now: () => Ms;
  /** The run's log is whole now: a last look at it, before its end is reported. */
  readonly onLogWhole: (order: RunOrder, log: string) => Promise<void>;
  /** The run is followed no more. */
  readonly forget: (run: SlurmRun) => void;
  readonly onBug: (error: unknown) => void;
}

/** Tells the end of each run once. */
export class RunEndings {
  readonly #parts: RunEndingsParts;

  constructor(parts: RunEndingsParts) {
    this.#parts = parts;
  }

  /** Reports the end of a run once its log is here; what keeps that from being found out is tried again in the next round. */
  end(run: SlurmRun, session: SlurmSession | null): void {
    if (run.ending) return;
    run.ending = true;
    this.#tell(run, session).then(
      (isTold) => {
        if (isTold) this.#parts.forget(run);
        else run.ending = false;
      },
      (error: unknown) => {
        // Such as a local disk that is full: at the pace of the rounds, not at once again.
        this.#parts.onBug(error);
        run.ending = false;
      },
    );
  }

  /** The run has ended before it began: sbatch, or this machine's disk, would not have it. */
  refused(run: SlurmRun, message: string): void {
    if (run.ending) return;
    run.ending = true;
    this.#parts.forget(run);
    this.#parts.reports.refused(run, message);
  }

  async #tell(run: SlurmRun, session: SlurmSession | null): Promise<boolean> {
    const { places, reports, onLogWhole, now, onBug } = this.#parts;
    const { order, stop } = run;
    const { log } = places.here(order);
    if (session !== null && !(await places.fetchAll(session.commands, run))) return false;
    await onLogWhole(order, log).catch(onBug);
    if (stop !== null) reports.stage(run, 'verifying');
    reports.ended(run, await endingOf(run, log, session?.facts ?? null, now()));
    return true;
  }
}
