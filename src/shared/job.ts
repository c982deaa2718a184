import { z } from 'zod';
import type { GitState } from './git.ts';
import { STOP_SIGNAL_NAMES } from './signals.ts';
import { JOB_TARGETS } from './jobTargets.ts';
import { slurmRequestSchema } from './slurm.ts';
import type { Target } from './slurm.ts';

/** The six statuses of a job. A stop in progress is not one of them: see {@link StopView}. */
export const JOB_STATUSES = ['queued', 'pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Statuses in which a job holds resources and has a live run. */
export const LIVE_STATUSES = ['pending', 'running'] as const satisfies readonly JobStatus[];

/** Statuses that only an explicit requeue leaves. */
export const FINISHED_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly JobStatus[];

/** Whether `status` is one of {@link FINISHED_STATUSES}. */
export function isFinished(status: JobStatus): status is (typeof FINISHED_STATUSES)[number] {
  return (FINISHED_STATUSES as readonly JobStatus[]).includes(status);
}

/** Stages of a stop, in order; `stuck` when the kernel will not let a process go. */
export const STOP_STAGES = ['asked', 'terminating', 'killing', 'verifying', 'stuck'] as const;
export type StopStage = (typeof STOP_STAGES)[number];

/** Who asked for something: the face of the app it came through. */
export const ORIGINS = ['window', 'tray', 'notification', 'cli', 'http', 'quit', 'core'] as const;
export type Origin = (typeof ORIGINS)[number];

/** Linux refuses a single argument or variable of more than 128 KiB (MAX_ARG_STRLEN in execve(2)). */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;
/** All arguments and variables together; execve(2) allows a quarter of the stack limit, 2 MiB by default. */
const MAX_TOTAL_BYTES = 1024 * 1024;

const utf8 = new TextEncoder();
function byteLength(text: string): number {
  return utf8.encode(text).length;
}
/** No character of a text has more than three bytes for each of its units: most texts need not be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && byteLength(text) > bytes;
}

const processText = z
  .string()
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character: programs cannot receive one')
  .refine(
    (text) => !isLonger(text, MAX_ARGUMENT_BYTES),
    `is longer than the ${MAX_ARGUMENT_BYTES} bytes a program can receive`,
  );

const commandSchema = z
  .array(processText, 'must be a list of texts: the program and its arguments')
  .min(1, 'is empty: give the program to run and its arguments')
  .refine((argv) => (argv[0] ?? '').trim() !== '', 'is empty: give the program to run and its arguments')
  .refine(
    (argv) =>
      argv.reduce((sum, argument) => sum + argument.length * 3 + 1, 0) <= MAX_TOTAL_BYTES ||
      argv.reduce((sum, argument) => sum + byteLength(argument) + 1, 0) <= MAX_TOTAL_BYTES,
    `is longer than ${MAX_TOTAL_BYTES} bytes in all: put long input into a file`,
  );

const environmentSchema = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'has a name that is not a variable: use letters, digits and _'),
    processText,
  )
  .refine(
    (env) =>
      Object.entries(env).reduce((sum, [name, value]) => sum + byteLength(name) + byteLength(value) + 2, 0) <=
      MAX_TOTAL_BYTES,
    `is longer than ${MAX_TOTAL_BYTES} bytes in all: put long values into a file`,
  );

/** What a user submits. Every field's message says what is wrong with it and what to do. */
export const jobSubmissionSchema = z.strictObject({
  command: commandSchema,
  cwd: processText.refine((path) => path.trim() !== '', 'is empty: give the folder the command runs in'),
  name: z
    .string()
    .trim()
    .max(200, 'is longer than 200 characters')
    .refine((text) => !text.includes('\0'), 'must not contain a NUL character')
    .optional(),
  env: environmentSchema.default({}),
  /** Names of variables in `env` whose values nobody is shown, beside those that are secret by rule. */
  secretEnv: z
    .array(z.string('must be the name of a variable in env'), 'must be a list of names of variables in env')
    .default([]),
  gpus: z
    .int('must be a whole number of GPUs')
    .min(0, 'must be 0 or more: 0 runs the job in a CPU slot')
    .max(64, 'must be 64 or less')
    .default(0),
  gpuMemoryMiB: z
    .int('must be a whole number of MiB')
    .min(1, 'must be 1 MiB or more; leave it out for a whole GPU')
    .nullable()
    .default(null),
  stopSignal: z.enum(STOP_SIGNAL_NAMES, `must be one of ${STOP_SIGNAL_NAMES.join(', ')}`).optional(),
  graceSeconds: z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more seconds')
    .max(86_400, 'must be 86400 seconds (a day) or less')
    .optional(),
  gpuIds: z
    .array(z.string().min(1), 'must be a list of GPU numbers or UUIDs')
    .max(64, 'names more than 64 GPUs')
    .default([]),
  minGpuMemoryMiB: z.int('must be a whole number of MiB').min(1, 'must be 1 MiB or more').nullable().default(null),
  after: z
    .array(z.int().min(1, 'must be numbers of jobs'), 'must be a list of job numbers')
    .max(100, 'names more than 100 jobs')
    .default([]),
  held: z.boolean('must be true or false').default(false),
  first: z.boolean('must be true or false').default(false),
  timeLimitSeconds: z
    .number('must be a number of seconds')
    .min(1, 'must be 1 second or more; leave it out for no limit')
    .max(31_536_000, 'must be 31536000 seconds (a year) or less')
    .nullable()
    .default(null),
  priority: z
    .int('must be a whole number')
    .min(-1000, 'must be -1000 or more')
    .max(1000, 'must be 1000 or less')
    .default(0),
  target: z.enum(JOB_TARGETS, `must be one of ${JOB_TARGETS.join(', ')}`).default('local'),
  /** What is asked of Slurm; only with that target. */
  slurm: slurmRequestSchema.optional(),
});
/** A submission as a client writes it: fields with defaults may be left out. */
export type JobSubmission = z.input<typeof jobSubmissionSchema>;
/** A submission after parsing, defaults filled in. */
export type ParsedSubmission = z.output<typeof jobSubmissionSchema>;

/**
 * What was found behind an end: the kernel was killing processes for memory, CUDA had none left (from the log), or the
 * runner was told to stop by somebody else than the app (logout, shutdown).
 */
export type OutcomeCause = 'kernel-oom' | 'cuda-oom' | 'system-stop';

/** How a run ended, as the runner's record says; never guessed. */
export type Outcome =
  | { readonly kind: 'exited'; readonly code: number; readonly cause: OutcomeCause | null }
  | {
      readonly kind: 'signalled';
      readonly signal: string;
      readonly coreDumped: boolean;
      readonly cause: OutcomeCause | null;
    }
  | { readonly kind: 'start-error'; readonly stage: string; readonly code: string; readonly message: string }
  | { readonly kind: 'never-started' }
  | { readonly kind: 'lost'; readonly why: 'reboot' | 'no-record' | 'forgotten' }
  /** What the cluster says of an end that is more than an exit code. */
  | { readonly kind: 'cluster'; readonly why: ClusterEnd; readonly words: string };

/** Why a cluster ended a job: `cancelled` by somebody else than the app, `tasks` when some of an array did not complete. */
export type ClusterEnd =
  | 'time-limit'
  | 'out-of-memory'
  | 'node-failure'
  | 'cancelled'
  | 'preempted'
  | 'tasks'
  | 'other';

/** A stop in progress or done. Times are Unix milliseconds. */
export interface StopView {
  readonly intent: 'cancel' | 'time-limit';
  readonly by: Origin;
  readonly requestedAt: number;
  /** When SIGKILL follows. Moves with “wait longer”. */
  readonly deadlineAt: number;
  readonly stage: StopStage;
  readonly forced: boolean;
}

/** One thing that happened during a stop, with the time since it was asked for. */
export interface ReceiptStep {
  readonly rung:
    | 'asked'
    | 'main'
    | 'orphans'
    | 'rest'
    | 'kill'
    | 'extended'
    | 'main-exit'
    | 'stuck'
    | 'empty'
    | 'verified';
  /** Unix milliseconds. */
  readonly at: number;
  /** The signal's name, or null for a step that sent none. */
  readonly signal: string | null;
  /** How many processes it went to. */
  readonly sent: number;
  /** The step in words. */
  readonly words: string;
}

/** One process of a run that was stopped, as far as the app and the runner's journal saw it. */
export interface ReceiptMember {
  readonly pid: number;
  /** Its command line or title, words that look like secrets hidden; null for one that was gone before the app saw it. */
  readonly command: string | null;
  /** `own-session`: it had left the session that main was in. Null where that was not seen. */
  readonly kind: 'main' | 'child' | 'own-session' | null;
  /** Signals that were sent to it, in order, each name once in a row. Null where the journal names too few of those it went to. */
  readonly signals: readonly string[] | null;
  /** How it ended, in words; only of main the exit itself is known. */
  readonly ended: string;
  /** When it was first seen to be gone, Unix milliseconds: it may have gone up to a second earlier. */
  readonly goneBy: number;
}

/** GPU memory around a stop, MiB in use on the whole GPU; null where the driver does not tell. */
export interface ReceiptMemory {
  readonly gpu: string;
  readonly beforeMiB: number | null;
  readonly afterMiB: number | null;
}

/** The proof a stop leaves behind. It claims only what was observed. */
export interface Receipt {
  /** The verdict in one sentence. */
  readonly verdict: string;
  readonly requestedBy: Origin;
  readonly requestedAt: number;
  readonly finishedAt: number;
  readonly stopSignal: string;
  readonly graceMs: number;
  readonly steps: readonly ReceiptStep[];
  /** Processes of the run that were seen and are gone. */
  readonly membersGone: number;
  /** Those that were seen when the stop began or later, main first; at most some hundred. */
  readonly members: readonly ReceiptMember[];
  /** Processes of `membersGone` that are not among `members`: gone before the stop, or not seen by the app, or too many. */
  readonly membersNotListed: number;
  /** Processes of the run that are left: 0, or the stop would not have ended. */
  readonly survivors: number;
  readonly memory: readonly ReceiptMemory[];
  /** What the proof rests on, one sentence each. */
  readonly proofs: readonly string[];
}

/** How far a run has come, as its log says. */
export interface Progress {
  /** 0…1, or null when the log names no total. */
  readonly fraction: number | null;
  /** The position in the log's own words, such as `epoch 2 of 3`. */
  readonly position: string | null;
  readonly loss: number | null;
  readonly secondsLeft: number | null;
}

/** A job as every client sees it. Times are Unix milliseconds. */
export interface JobView {
  readonly id: number;
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly gpus: number;
  readonly gpuMemoryMiB: number | null;
  readonly stopSignal: string;
  readonly graceSeconds: number;
  readonly timeLimitSeconds: number | null;
  /** Only these GPUs will do; empty for any. */
  readonly gpuUuids: readonly string[];
  readonly minGpuMemoryMiB: number | null;
  /** Jobs that must have completed first. */
  readonly after: readonly number[];
  /** Stays in the queue until it is released. */
  readonly held: boolean;
  readonly priority: number;
  readonly status: JobStatus;
  /** One sentence about the job: its blocker, its stop, its error or its receipt. Never composed by a client. */
  readonly sentence: string;
  readonly stop: StopView | null;
  /** UUIDs of the GPUs reserved for or used by its run. */
  readonly heldGpus: readonly string[];
  readonly attempt: number;
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: Outcome | null;
  /** Order among queued jobs of the same priority: lower runs first. */
  readonly position: number;
  readonly progress: Progress | null;
  /** Where it runs, and what it asks of the cluster. */
  readonly target: Target;
  /** What the engine says of a live run beyond its status, such as a cluster that does not answer; it stands in the sentence too. */
  readonly note: string | null;
}

/** Everything about one job. */
export interface JobDetail extends JobView {
  /** Names and values the job adds to its environment; values of secrets are null. */
  readonly env: readonly { readonly name: string; readonly value: string | null }[];
  /** Names in `env` that the submission called secret; others may be secret by rule. */
  readonly secretEnv: readonly string[];
  readonly receipt: Receipt | null;
  /** Where its log and records are. */
  readonly runDirectory: string | null;
  /** Why the log is not there any more, one sentence; null while it is. */
  readonly logRemoved: string | null;
  /** The commit its folder was at when it was submitted; null for a folder without git. */
  readonly git: GitState | null;
  /** Process id of main, while a run is live. */
  readonly mainPid: number | null;
  /** Which runner supervises or supervised it. */
  readonly runner: RunnerKind | null;
  /** Who its run is on the cluster; null for one on this machine, or not submitted yet. */
  readonly cluster: { readonly name: string; readonly jobId: number; readonly output: string } | null;
  readonly history: readonly JobHistoryEntry[];
  /** The last lines of the log of a failed run; empty for any other. */
  readonly lastLines: readonly string[];
}

/** One recorded event of a job. */
export interface JobHistoryEntry {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly words: string;
}

/** Which runner supervises runs; the native one has the kernel's word that nothing is left. */
export type RunnerKind = 'native' | 'portable';
