import type { Origin, Outcome, RunnerKind, StopStage } from '../../../shared/job.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import type { Target } from '../../../shared/slurm.ts';

/** Number of a job, as users see it. */
export type JobId = number;
/** Name of one attempt: `<job>-<attempt>-<random>`; also the name of its directory and the value of its environment tag. */
export type RunId = string;
/** Unix milliseconds. */
export type Ms = number;
/** UUID of a GPU, as nvidia-smi prints it. */
export type GpuUuid = string;

/** What the user submitted, with every default decided at submit time. Never changes. */
export interface JobSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names in `env` that the user called secret; others are secret by rule. */
  readonly secretEnv: readonly string[];
  readonly gpus: number;
  /** Memory wanted on each GPU, MiB; null takes whole GPUs. */
  readonly gpuMemoryMiB: number | null;
  /** Only these GPUs will do; empty for any. */
  readonly gpuUuids: readonly GpuUuid[];
  /** Only GPUs with so much memory in all will do, MiB. */
  readonly minGpuMemoryMiB: number | null;
  /** Jobs that must have completed first. */
  readonly after: readonly JobId[];
  readonly stopSignal: StopSignal;
  readonly graceMs: number;
  /** How long a run may take before it is stopped and has failed; null for no limit. */
  readonly timeLimitMs: number | null;
  /** What executes it: this machine, or another scheduler. */
  readonly target: Target;
}

/** What identifies the processes of a run on this machine: pid and kernel start time hold only together with the boot id. */
export interface LocalIdentity {
  readonly engine: 'local';
  readonly runner: RunnerKind;
  readonly bootId: string;
  readonly runnerPid: number;
  /** Field 22 of /proc/<pid>/stat. */
  readonly runnerStart: string;
  readonly mainPid: number;
  readonly mainStart: string;
}

/** What identifies a run on Slurm: a number is given again some day, with its mark on that cluster it is ours. */
export interface SlurmIdentity {
  readonly engine: 'slurm';
  readonly cluster: string;
  /** How Slurm was reached: `host`, or `ssh:` and the host's alias. */
  readonly via: string;
  readonly slurmJobId: number;
  /** The comment that Slurm's job carries. */
  readonly tag: string;
  /** Its output file on the cluster's side. */
  readonly output: string;
  readonly askedAt: Ms;
}

/** Who a run is to the engine that executes it. */
export type RunIdentity = LocalIdentity | SlurmIdentity;

/** Why a run is stopped: somebody does not want it any more, or its time is up. */
export type StopIntent = 'cancel' | 'time-limit';

/** A stop of a live run. It has a deadline from its first moment. */
export interface Stop {
  readonly intent: StopIntent;
  readonly by: Origin;
  readonly requestedAt: Ms;
  readonly deadlineAt: Ms;
  readonly stage: StopStage;
  readonly forced: boolean;
}

/** What a job is at this moment. */
export type JobState =
  | { readonly status: 'queued'; readonly since: Ms }
  | {
      readonly status: 'pending';
      readonly run: RunId;
      readonly gpus: readonly GpuUuid[];
      readonly claimedAt: Ms;
      readonly stop: Stop | null;
      /** Set once another scheduler has taken it; it waits there for its turn. */
      readonly identity?: RunIdentity;
    }
  | {
      readonly status: 'running';
      readonly run: RunId;
      readonly gpus: readonly GpuUuid[];
      readonly claimedAt: Ms;
      readonly startedAt: Ms;
      readonly identity: RunIdentity;
      readonly stop: Stop | null;
    }
  | {
      readonly status: 'completed' | 'failed' | 'cancelled';
      readonly run: RunId;
      readonly gpus: readonly GpuUuid[];
      /** Null when it never started. */
      readonly startedAt: Ms | null;
      readonly endedAt: Ms;
      readonly outcome: Outcome;
      readonly stop: Stop | null;
    };

/** A state in which a run exists and holds its resources. */
export type LiveState = Extract<JobState, { status: 'pending' | 'running' }>;
/** A state that only a requeue leaves. */
export type FinishedState = Extract<JobState, { status: 'completed' | 'failed' | 'cancelled' }>;

/** One job as the queue's row holds it. */
export interface Job {
  readonly id: JobId;
  readonly spec: JobSpec;
  readonly state: JobState;
  /** How many runs it has had, the live one included. */
  readonly attempt: number;
  readonly priority: number;
  /** Order among queued jobs of one priority: lower first. Kept when the job leaves the queue, so that Undo finds its place. */
  readonly position: number;
  readonly submittedAt: Ms;
  /** Stays in the queue until it is released. */
  readonly held: boolean;
  /** How many jobs behind it have started while it waited for GPUs. */
  readonly overtaken: number;
  /** Counts writes; a write with an old version is a bug. */
  readonly version: number;
  /** The verdict of its last stop's receipt, where there is one. */
  readonly verdict: string | null;
}

/** Whether the job has a live run. */
export function isLive(job: Job): job is Job & { readonly state: LiveState } {
  return job.state.status === 'pending' || job.state.status === 'running';
}

/** Whether the job waits for its turn. */
export function isQueued(job: Job): job is Job & { readonly state: Extract<JobState, { status: 'queued' }> } {
  return job.state.status === 'queued';
}

/** The stop of a job, where it has or had one. */
export function stopOf(job: Job): Stop | null {
  return job.state.status === 'queued' ? null : job.state.stop;
}
