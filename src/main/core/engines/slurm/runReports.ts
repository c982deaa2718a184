import type { Outcome, ReceiptStep, StopStage } from '../../../../shared/job.ts';
import { assertNever } from '../../../../shared/result.ts';
import type { Ms, SlurmIdentity } from '../../domain/job.ts';
import type { ClusterWitness } from '../../domain/receipt.ts';
import type { EngineReport } from '../engine.ts';
import type { CancelRequest } from './slurmCommands.ts';
import type { SlurmEnding } from './slurmEnd.ts';
import { noteOf, unreachableNote } from './slurmNote.ts';
import type { SlurmRun } from './slurmRun.ts';
import type { SlurmSession } from './slurmSession.ts';

/** Processes on other machines are not seen by this app. */
const NO_PROCESSES = { runner: null, journal: [], membersGone: 0, memory: [], observations: [] } as const;

/** Tells the queue what is new of a run, each thing once, and keeps the steps of its stop for the receipt. */
export class RunReports {
  readonly #now: () => Ms;
  readonly #report: (report: EngineReport) => void;

  constructor(now: () => Ms, report: (report: EngineReport) => void) {
    this.#now = now;
    this.#report = report;
  }

  accepted(run: SlurmRun, identity: SlurmIdentity): void {
    run.identity = identity;
    run.told = 'accepted';
    this.#report({ type: 'accepted', ...nameOf(run), identity });
  }

  started(run: SlurmRun, identity: SlurmIdentity, startedAt: Ms): void {
    run.told = 'started';
    run.startedAt = startedAt;
    this.#report({ type: 'started', ...nameOf(run), identity, startedAt });
  }

  ended(run: SlurmRun, { outcome, startedAt, endedAt, witness }: SlurmEnding): void {
    const proof = { ...NO_PROCESSES, cluster: witness, finishedAt: this.#now() };
    this.#report({ type: 'ended', ...nameOf(run), outcome, startedAt, endedAt, proof });
  }

  /** The run has ended before it began: sbatch, or this machine's disk, would not have it. */
  refused(run: SlurmRun, message: string): void {
    const outcome: Outcome = { kind: 'start-error', stage: 'sbatch', code: 'SBATCH', message };
    const proofs = ['Slurm did not take the job: nothing ran'];
    const witness: ClusterWitness = { name: 'Slurm', lastWord: 'refused the job', steps: run.steps, proofs };
    this.ended(run, { outcome, startedAt: null, endedAt: this.#now(), witness });
  }

  stage(run: SlurmRun, stage: StopStage): void {
    this.#report({ type: 'stop-stage', ...nameOf(run), stage });
  }

  /** What there is to say of the run as it is now. */
  note(run: SlurmRun, { unreachable, facts }: SlurmSession): void {
    const note =
      unreachable === null
        ? noteOf(run, facts?.killWaitSeconds ?? null, this.#now())
        : unreachableNote(run, unreachable.since, unreachable.problem);
    if (run.note === note || run.ending) return;
    run.note = note;
    this.#report({ type: 'note', ...nameOf(run), note });
  }

  extended(run: SlurmRun): void {
    this.#step(run, 'extended', null, 'Given more time');
  }

  /** Slurm has taken a request for the run's stop. */
  sent(run: SlurmRun, how: CancelRequest['how'], session: SlurmSession): void {
    const signal = run.order.spec.stopSignal;
    switch (how) {
      case 'waiting':
        this.#step(run, 'kill', null, 'scancel for what has not started');
        this.stage(run, 'terminating');
        break;
      case 'signal':
        this.#step(run, 'main', signal, `${signal} to main, sent by Slurm (scancel --batch)`);
        this.stage(run, 'terminating');
        break;
      case 'signal-all': {
        const words = `${signal} to all its processes, shortly before the deadline (scancel --full)`;
        this.#step(run, 'rest', signal, words);
        break;
      }
      case 'end': {
        const wait = session.facts?.killWaitSeconds ?? '?';
        this.#step(run, 'kill', null, `scancel: Slurm’s own SIGTERM, then SIGKILL (KillWait ${wait} s)`);
        this.stage(run, 'killing');
        break;
      }
      default:
        assertNever(how, 'cancel request');
    }
    this.note(run, session);
  }

  #step(run: SlurmRun, rung: ReceiptStep['rung'], signal: string | null, words: string): void {
    run.steps.push({ rung, at: this.#now(), signal, sent: rung === 'main' ? 1 : 0, words });
  }
}

function nameOf({ order }: SlurmRun): Pick<SlurmRun['order'], 'run' | 'jobId'> {
  return { run: order.run, jobId: order.jobId };
}
