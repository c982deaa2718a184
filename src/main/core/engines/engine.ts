import type { Outcome, ReceiptMemory, RunnerKind, StopStage } from '../../../shared/job.ts';
import type { GpuUuid, JobId, JobSpec, Ms, RunId, RunIdentity, Stop } from '../domain/job.ts';
import type { ClusterWitness } from '../domain/receipt.ts';
import type { MemberRecord } from '../domain/receiptMembers.ts';
import type { JournalEntry } from '../domain/runnerRecords.ts';

/** What an engine needs to know to start or to find a run. */
export interface RunOrder {
  readonly run: RunId;
  readonly jobId: JobId;
  readonly spec: JobSpec;
  readonly gpus: readonly GpuUuid[];
}

/** A run that was live when the app last ended. */
export interface RunToResume extends RunOrder {
  /** Boot id noted when it was claimed. */
  readonly claimedBootId: string;
  readonly stop: Stop | null;
  /** Who the run is, as the row knows it; null for a pending one. */
  readonly identity: RunIdentity | null;
  readonly startedAt: Ms | null;
}

/** What was observed at the end of a run, for the receipt. */
export interface EndProof {
  readonly runner: RunnerKind | null;
  readonly journal: readonly JournalEntry[];
  readonly membersGone: number;
  /** What was seen of single processes; left out by an engine that sees none. */
  readonly members?: readonly MemberRecord[];
  readonly mainPid?: number | null;
  readonly memory: readonly ReceiptMemory[];
  /** What else was observed, one sentence each. */
  readonly observations: readonly string[];
  /** When the last check was done. */
  readonly finishedAt: Ms;
  /** From an engine whose runs are executed by another scheduler: its word in place of what the app sees itself. */
  readonly cluster?: ClusterWitness;
}

/** What an engine tells the queue. Reports of one run come in order. */
export type EngineReport =
  /** Another scheduler has taken the run; it waits there. */
  | { readonly type: 'accepted'; readonly run: RunId; readonly jobId: JobId; readonly identity: RunIdentity }
  /** What there is to say of a live run beyond its status, the latest word only; null takes it back. */
  | { readonly type: 'note'; readonly run: RunId; readonly jobId: JobId; readonly note: string | null }
  | {
      readonly type: 'started';
      readonly run: RunId;
      readonly jobId: JobId;
      readonly identity: RunIdentity;
      readonly startedAt: Ms;
    }
  | { readonly type: 'stop-stage'; readonly run: RunId; readonly jobId: JobId; readonly stage: StopStage }
  | {
      readonly type: 'ended';
      readonly run: RunId;
      readonly jobId: JobId;
      readonly outcome: Outcome;
      readonly startedAt: Ms | null;
      readonly endedAt: Ms;
      readonly proof: EndProof;
    };

/**
 * What executes runs. Requests never throw and answer nothing: what became of them comes as a report.
 * `ended` is reported only when no process of the run is left and its GPU memory is back.
 */
export interface Engine {
  /** Starts a run. */
  start(order: RunOrder): void;
  /** Begins the stop ladder. A second one changes nothing. */
  stop(run: RunId, graceMs: number): void;
  /** SIGKILL to everything now. */
  force(run: RunId): void;
  /** Moves the deadline. */
  extend(run: RunId, byMs: number): void;
  /** Takes up a run that was live when the app last ended, in whatever state it is now. */
  resume(run: RunToResume): void;
  /** Processes of every live run on this machine and whose they are; those that died while it lived are still its own. */
  memberPids(): ReadonlyMap<number, Pick<RunOrder, 'jobId' | 'run'>>;
  /** Stops following; runs go on. */
  [Symbol.dispose](): void;
}
