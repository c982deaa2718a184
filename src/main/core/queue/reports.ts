import type { Job, JobId, RunId } from '../domain/job.ts';
import { isLive } from '../domain/job.ts';
import type { EngineReport } from '../engines/engine.ts';
import type { Request } from './jobWriter.ts';
import type { Transactions } from './transactions.ts';

/** Where reports of an engine go. */
export interface ReportsParts {
  readonly transactions: Transactions;
  /** Reads the row, asks the transition, writes row and event. */
  readonly apply: (request: Request) => void;
  /** Gives away, inside the open transaction, what has just become free. */
  readonly claimTx: () => void;
  readonly job: (id: JobId) => Job | null;
  /** The run has ended: its time limit counts no more. */
  readonly disarmLimit: (run: RunId) => void;
  readonly pauseBecause: (notice: string) => void;
  /** There is something else to say of a live run; null when there is nothing any more. */
  readonly onNote: (job: Job, note: string | null) => void;
  /** What could not be written now is written after a while. */
  readonly later: (act: () => void) => void;
  readonly onBug: (error: unknown) => void;
}

/** Takes what an engine tells of its runs into the rows, and keeps what it says of live ones beyond their status. */
export class Reports {
  readonly #parts: ReportsParts;
  readonly #notes = new Map<JobId, string>();
  #disposed = false;

  constructor(parts: ReportsParts) {
    this.#parts = parts;
  }

  /** What the engine says of a job's live run beyond its status, or null. */
  noteOf(id: JobId): string | null {
    return this.#notes.get(id) ?? null;
  }

  /** What an engine tells is true whether it can be written down now or not: a full disk must not leave a row live for ever. */
  take(report: EngineReport): void {
    if (this.#disposed) return;
    try {
      this.#write(report);
    } catch (error) {
      this.#parts.onBug(error);
      this.#parts.later(() => this.take(report));
    }
  }

  /** Takes nothing more. */
  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  #write(report: EngineReport): void {
    if (report.type === 'note') return this.#keepNote(report);
    const { transactions, apply, disarmLimit } = this.#parts;
    // Reports of a run that is not the job's present one are refused by the transition: first terminal write wins.
    const request = { id: report.jobId, event: () => report };
    if (report.type === 'accepted') {
      // The other scheduler goes on with it whatever happens to this machine.
      apply(request);
      return;
    }
    if (report.type !== 'ended') {
      // Told once more after a power failure, if the run is not gone with it.
      transactions.runUnsynced(() => apply(request));
      return;
    }
    disarmLimit(report.run);
    this.#notes.delete(report.jobId);
    if (report.outcome.kind === 'start-error' && report.outcome.stage === 'runner')
      this.#pauseForRunner(report.outcome);
    this.#endAndClaim({ ...request, proof: report.proof });
  }

  /** One commit for the end of a run and for whose turn it is then: each one is a wait for the disk. */
  #endAndClaim(end: Request): void {
    const { transactions, apply, claimTx, onBug } = this.#parts;
    try {
      transactions.run(() => {
        apply(end);
        claimTx();
      });
    } catch (error) {
      // Whatever keeps the next one from starting: this one has ended.
      onBug(error);
      apply(end);
    }
  }

  #keepNote({ jobId, run, note }: Extract<EngineReport, { type: 'note' }>): void {
    const job = this.#parts.job(jobId);
    if (job === null || !isLive(job) || job.state.run !== run) return;
    if (note === null) this.#notes.delete(jobId);
    else this.#notes.set(jobId, note);
    this.#parts.onNote(job, note);
  }

  /** A runner that cannot be started would fail every job there is: the queue waits for a person instead. */
  #pauseForRunner({ message }: { readonly message: string }): void {
    this.#parts.pauseBecause(
      `The queue is paused: the runner could not be started (${message}). Mend that, then press Run.`,
    );
  }
}
