import { z } from 'zod';
import type { DeleteAnswer, FilesUsage } from './files.ts';
import type { GpuSnapshot } from './gpu.ts';
import type { GpuCurves } from './gpuCurve.ts';
import { FINISHED_STATUSES, JOB_STATUSES, jobSubmissionSchema } from './job.ts';
import type { JobDetail, JobView, Progress, RunnerKind } from './job.ts';
import type { StopSignal } from './signals.ts';
import type { OrphanView } from './orphan.ts';
import type { SlurmView } from './slurmView.ts';
import { settingsPatchSchema } from './settings.ts';
import type { Settings } from './settings.ts';
import { route } from './route.ts';
import type { InputOf, OutputOf, ParsedOf } from './route.ts';
import type { ShellEventName, ShellEvents, ShellInput, ShellOutput, ShellRouteName } from './shellContract.ts';

/** The queue's control. Run: jobs start by themselves. Drain and Pause: nothing new starts. None touches a run. */
export const QUEUE_MODES = ['run', 'drain', 'pause'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

/** The queue as a whole. */
export interface QueueView {
  readonly mode: QueueMode;
  readonly cpuSlots: number;
  /** Something about the whole queue that a person should know, in one sentence; null when all is well. */
  readonly notice: string | null;
  /** Jobs in each status, all of history counted. */
  readonly counts: Readonly<Record<(typeof JOB_STATUSES)[number], number>>;
}

/** All a window needs to draw itself, as of event number `seq`. */
export interface Snapshot {
  readonly seq: number;
  readonly queue: QueueView;
  /** Every live and queued job, and the latest finished ones. */
  readonly jobs: readonly JobView[];
  readonly gpus: GpuSnapshot;
}

/** A numbered change. Numbers have no gaps: a client that sees one asks for the snapshot again. */
export interface Change {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly jobId: number | null;
  readonly job: JobView | null;
  readonly queue: QueueView;
}

/** What became of a cancel. `already-finished` is not an error: nothing was left to stop. */
export interface CancelOutcome {
  readonly jobId: number;
  readonly result: 'cancelled' | 'stopping' | 'already-cancelled' | 'already-finished';
  readonly previousStatus: (typeof JOB_STATUSES)[number];
  readonly message: string;
}

/** What the cancel of one job answers. */
export interface CancelAnswer extends CancelOutcome {
  readonly job: JobView;
}

/** What is told of each job of a batch that was submitted. */
export type SubmittedView = Pick<JobView, 'id' | 'name' | 'status'>;

/** How the program of a command wants to be stopped; used when a submission names neither signal nor grace. */
export interface StopPresetView {
  readonly name: string;
  readonly stopSignal: StopSignal;
  readonly graceSeconds: number;
  readonly why: string;
}

/** What finished jobs can be ordered by. `time` is when they ended. */
export const HISTORY_SORTS = ['number', 'name', 'time', 'status', 'duration'] as const;
export type HistorySort = (typeof HISTORY_SORTS)[number];

/** What is known about a command before it is submitted. */
export interface ProposalView {
  readonly preset: StopPresetView | null;
  /** The most GPU memory its last run was seen to use on one GPU, MiB; null when none was seen. */
  readonly peakGpuMemoryMiB: number | null;
  /** How many processes a launcher is told to start, each for a GPU of its own; null where none is told. */
  readonly processes: number | null;
}

/** How a file or folder that somebody points at would be run. */
export interface ScriptView {
  readonly kind: 'script' | 'folder' | 'file' | 'missing';
  /** Program and arguments, to be run in `cwd`; empty where nothing runs it. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Why nothing runs it, in one sentence; null otherwise. */
  readonly about: string | null;
}

/** A part of a log. Offsets are bytes from the beginning of the file. */
export interface LogPart {
  readonly text: string;
  readonly offset: number;
  readonly nextOffset: number;
  /** Size of the file now, bytes. */
  readonly size: number;
  /** No more will come: the run has ended and this part reaches the end. */
  readonly complete: boolean;
  /** Why nothing is there any more, one sentence; left out for a log that is there. */
  readonly removed?: string;
}

/** A run the app offers to people who have nothing to run yet. */
export interface SampleView {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly submission: z.input<typeof jobSubmissionSchema>;
}

/** What is running: versions, paths and the promise the runner can keep. */
export interface AboutView {
  readonly version: string;
  readonly runtime: string;
  readonly dataFolder: string;
  readonly runner: RunnerKind;
  /** What the runner in use promises or cannot promise, one sentence. */
  readonly runnerPromise: string;
  readonly homeFolder: string;
}

const jobIdSchema = z.int('must be the number of a job').min(1, 'must be the number of a job');
/** More would keep everybody else waiting for the database: a client asks in parts. */
const DELETED_AT_ONCE = 500;
const jobList = z.array(jobIdSchema, 'must be a list of job numbers');

const jobRef = z.strictObject({ jobId: jobIdSchema });

const nothing = z.strictObject({}).default({});

/** Every request a client can make. Resource first, verb last. The only list of routes there is. */
export const ROUTES = {
  'snapshot.get': route<Snapshot>()(nothing),
  'jobs.submit': route<JobView>()(jobSubmissionSchema),
  /** All of them in one transaction, or none. */
  'jobs.submitMany': route<{ readonly jobs: readonly SubmittedView[] }>()(
    z.strictObject({
      jobs: z
        .array(jobSubmissionSchema, 'must be a list of submissions')
        .min(1, 'names no job')
        .max(10_000, 'names more than 10000 jobs'),
    }),
  ),
  'jobs.list': route<{ readonly jobs: readonly JobView[]; readonly nextCursor: number | null }>()(
    z
      .strictObject({
        status: z.array(z.enum(JOB_STATUSES, `must be one of ${JOB_STATUSES.join(', ')}`)).optional(),
        search: z.string().max(500, 'is longer than 500 characters').optional(),
        limit: z
          .int('must be a whole number')
          .min(1, 'must be 1 or more')
          .max(1000, 'must be 1000 or less')
          .default(100),
        cursor: jobIdSchema.optional(),
      })
      .prefault({}),
  ),
  /** The numbers of all finished jobs that match, in order; the jobs themselves are asked for with `jobs.getMany`. */
  'jobs.order': route<{ readonly jobIds: readonly number[] }>()(
    z
      .strictObject({
        sort: z.enum(HISTORY_SORTS, `must be one of ${HISTORY_SORTS.join(', ')}`).default('time'),
        descending: z.boolean('must be true or false').default(true),
        status: z.array(z.enum(FINISHED_STATUSES, `must be one of ${FINISHED_STATUSES.join(', ')}`)).optional(),
        search: z.string().max(500, 'is longer than 500 characters').optional(),
      })
      .prefault({}),
  ),
  /** Those of the numbered jobs that are there, in no particular order. */
  'jobs.getMany': route<{ readonly jobs: readonly JobView[] }>()(
    z.strictObject({ jobIds: z.array(jobIdSchema).max(500, 'names more than 500 jobs') }),
  ),
  'jobs.get': route<JobDetail>()(jobRef),
  'jobs.cancel': route<CancelAnswer>()(z.strictObject({ jobId: jobIdSchema, force: z.boolean().default(false) })),
  'jobs.cancelMany': route<{ readonly answers: readonly CancelOutcome[] }>()(
    z.strictObject({
      jobs: z
        .union([z.array(jobIdSchema), z.enum(['queued', 'all'])], {
          error: 'must be a list of job numbers, "queued" or "all"',
        })
        .refine((jobs) => jobs.length > 0, 'names no job')
        .refine((jobs) => typeof jobs === 'string' || jobs.length <= 10_000, 'names more than 10000 jobs'),
      force: z.boolean().default(false),
    }),
  ),
  'jobs.extend': route<JobView>()(jobRef),
  'jobs.requeue': route<JobView>()(jobRef),
  'jobs.place': route<JobView>()(
    z.strictObject({
      jobId: jobIdSchema,
      held: z.boolean('must be true or false').optional(),
      priority: z
        .int('must be a whole number')
        .min(-1000, 'must be -1000 or more')
        .max(1000, 'must be 1000 or less')
        .optional(),
      to: z
        .union([z.enum(['first', 'last']), z.strictObject({ before: jobIdSchema })], {
          error: 'must be "first", "last" or {"before": the number of a queued job}',
        })
        .optional(),
    }),
  ),
  /** Removes finished jobs from the list, all of them or none, and then their files. It cannot be undone. */
  'jobs.delete': route<DeleteAnswer>()(
    z.strictObject({
      jobs: jobList
        .min(1, 'names no job')
        .max(DELETED_AT_ONCE, `names more than ${DELETED_AT_ONCE} jobs: delete them in parts`),
    }),
  ),
  /** What deleting these jobs would free, bytes. */
  'jobs.bytes': route<{ readonly bytes: number }>()(
    z.strictObject({ jobs: jobList.max(10_000, 'names more than 10000 jobs') }),
  ),
  /** The GPUs of its last run over time. */
  'jobs.gpuCurve': route<GpuCurves>()(jobRef),
  'jobs.proposal': route<ProposalView>()(z.strictObject({ command: z.array(z.string()).max(10_000) })),
  /** Looks at files that are pointed at, such as those dropped on a window; runs nothing. */
  'scripts.look': route<{ readonly scripts: readonly ScriptView[] }>()(
    z.strictObject({ paths: z.array(z.string().min(1, 'is empty').max(4_096)).max(20, 'names more than 20 files') }),
  ),
  /** What would become of a submission if it were made now, in the scheduler's own sentences. Changes nothing. */
  'jobs.preview': route<{ readonly sentences: readonly string[] }>()(jobSubmissionSchema),
  'jobs.await': route<JobView>()(z.strictObject({ jobId: jobIdSchema, waitMs: z.int().min(0).max(600_000) })),
  'log.read': route<LogPart>()(
    z.strictObject({
      jobId: jobIdSchema,
      /** Negative counts from the end of the file. */
      offset: z.int('must be a whole number of bytes').default(0),
      limit: z.int().min(1, 'must be 1 or more bytes').max(1_048_576, 'must be 1048576 bytes or less').default(65_536),
      /** When nothing is there yet, wait so long for more before answering with nothing. */
      waitMs: z.int().min(0).max(30_000, 'must be 30000 or less').default(0),
    }),
  ),
  /** The byte at which a text begins next in a log, from `from` on; backwards, the last one that begins before `from`. */
  'log.find': route<{ readonly offset: number | null }>()(
    z.strictObject({
      jobId: jobIdSchema,
      text: z.string().min(1, 'is empty').max(1000, 'is longer than 1000 characters'),
      /** Bytes; left out, the beginning of the file, and backwards its end. */
      from: z.int('must be a whole number of bytes').min(0, 'must be 0 or more').optional(),
      backwards: z.boolean('must be true or false').default(false),
      /** The letters a to z are found large and small. */
      anyCase: z.boolean('must be true or false').default(false),
    }),
  ),
  /** The queue without its jobs, as of event number `seq`. */
  'queue.get': route<{ readonly seq: number; readonly queue: QueueView }>()(nothing),
  'queue.setMode': route<QueueView>()(
    z.strictObject({ mode: z.enum(QUEUE_MODES, `must be one of ${QUEUE_MODES.join(', ')}`) }),
  ),
  'gpus.get': route<GpuSnapshot>()(nothing),
  'gpus.lookAgain': route<GpuSnapshot>()(nothing),
  /** The Slurm that the settings name, as of the last answer. */
  'slurm.get': route<SlurmView>()(nothing),
  /** Asks it now. */
  'slurm.lookAgain': route<SlurmView>()(nothing),
  'orphans.list': route<{ readonly orphans: readonly OrphanView[] }>()(nothing),
  /** Goes down the same ladder as a cancel; answers at once, the list shows when it is gone. */
  'orphans.stop': route<{ readonly orphans: readonly OrphanView[] }>()(
    z.strictObject({
      pid: z.int('must be a process id').min(2, 'must be a process id'),
      start: z.string().regex(/^\d+$/, 'must be the start time that orphans.list gave'),
    }),
  ),
  'changes.since': route<{ readonly changes: readonly Change[]; readonly complete: boolean }>()(
    z.strictObject({ seq: z.int('must be a whole number').min(0, 'must be 0 or more') }),
  ),
  /** What runs take on disk, at most a minute old. */
  'files.usage': route<FilesUsage>()(nothing),
  'settings.get': route<Settings>()(nothing),
  'settings.set': route<Settings>()(settingsPatchSchema),
  'samples.list': route<{ readonly samples: readonly SampleView[] }>()(nothing),
  'about.get': route<AboutView>()(nothing),
} as const;

/** The name of a route. */
export type RouteName = keyof typeof ROUTES;
/** What a client passes. */
export type RouteInput<N extends RouteName> = InputOf<typeof ROUTES, N>;
/** What a handler receives, parsed. */
export type RouteParsed<N extends RouteName> = ParsedOf<typeof ROUTES, N>;
/** What a route answers. */
export type RouteOutput<N extends RouteName> = OutputOf<typeof ROUTES, N>;

/** What is new to say of a job whose status has not changed. */
export interface NewSentence {
  readonly jobId: number;
  readonly sentence: string;
  /** Of a live run, what its engine says beyond the status; left out for a job that waits. */
  readonly note?: string | null;
}

/** What the core sends by itself. Only `changed` is numbered and kept; the others are the latest word and may be missed. */
export interface Events {
  readonly changed: Change;
  readonly gpus: GpuSnapshot;
  readonly progress: { readonly jobId: number; readonly progress: Progress };
  /** New sentences of jobs that wait, or whose engine has more to say, where they differ from the last ones. */
  readonly blockers: readonly NewSentence[];
  readonly slurm: SlurmView;
}
export type EventName = keyof Events;

const EACH_EVENT: Readonly<Record<EventName, null>> = {
  changed: null,
  gpus: null,
  progress: null,
  blockers: null,
  slurm: null,
};
/** Every event there is: whoever carries events carries all of them. */
export const EVENT_NAMES = Object.keys(EACH_EVENT) as readonly EventName[];

/** Codes a client may branch on; the message is for people. */
export const ERROR_CODES = {
  UNKNOWN_ROUTE: 'UNKNOWN_ROUTE',
  INVALID_INPUT: 'INVALID_INPUT',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  REFUSED: 'REFUSED',
  DATABASE: 'DATABASE',
  INTERNAL: 'INTERNAL',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** An expected refusal: what is wrong, at which field, and what to do, in one sentence. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The field the message is about, where there is one. */
  readonly field?: string;
}

/** What goes over every transport. Errors are values; nobody parses a message. */
export type Envelope<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: ApiError };

/** What the preload script gives the page: the whole of its access to the world. */
export interface Bridge {
  request<N extends RouteName>(route: N, input: RouteInput<N>): Promise<Envelope<RouteOutput<N>>>;
  request<N extends ShellRouteName>(route: N, input: ShellInput<N>): Promise<Envelope<ShellOutput<N>>>;
  /** Calls `listener` on every event of that name; the returned function ends it. */
  on<N extends EventName>(event: N, listener: (payload: Events[N]) => void): () => void;
  on<N extends ShellEventName>(event: N, listener: (payload: ShellEvents[N]) => void): () => void;
  /** The path of a file that was dropped on the window; the empty text for one that is not on a disk. */
  pathOf(file: object): string;
}
