import { LIVE_STATUSES } from '../../../shared/job.ts';
import type { JobStatus, Outcome, Receipt } from '../../../shared/job.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import { LOCAL_TARGET } from '../../../shared/slurm.ts';
import type { Target } from '../../../shared/slurm.ts';
import { assertNever, required } from '../../../shared/result.ts';
import type { Job, JobId, JobSpec, JobState, Ms, RunIdentity, Stop } from '../domain/job.ts';
import { storedJson } from './storedJson.ts';

/** The target column of nearly all jobs, which is not parsed. */
export const LOCAL_TARGET_TEXT = JSON.stringify(LOCAL_TARGET);

/** A row of `jobs`. JSON columns are text. */
export interface OwnRow {
  readonly id: number;
  readonly status: JobStatus;
  readonly name: string;
  readonly command: string;
  readonly cwd: string;
  readonly env: string;
  readonly secret_env: string;
  readonly gpus: number;
  readonly gpu_memory_mib: number | null;
  readonly stop_signal: StopSignal;
  readonly grace_ms: number;
  readonly time_limit_ms: number | null;
  readonly held: number;
  readonly after: string;
  readonly gpu_uuids: string;
  readonly min_gpu_memory_mib: number | null;
  readonly target: string;
  readonly overtaken: number;
  readonly priority: number;
  readonly position: number;
  readonly submitted_at: number;
  readonly since: number;
  readonly attempt: number;
  readonly version: number;
  readonly run_id: string | null;
}

/** What a job's row says with the help of its current run's. */
export interface RunColumns {
  readonly run_gpus: string | null;
  readonly claimed_at: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly identity: string | null;
  readonly stop: string | null;
  readonly outcome: string | null;
  readonly verdict: string | null;
}

/** A row of `jobs` joined with its current run. */
export type JobRow = OwnRow & RunColumns;

/** What a job without a run has in place of one. */
export const NO_RUN: RunColumns = {
  run_gpus: null,
  claimed_at: null,
  started_at: null,
  ended_at: null,
  identity: null,
  stop: null,
  outcome: null,
  verdict: null,
};

const OWN_COLUMNS = `j.id, j.status, j.name, j.command, j.cwd, j.env, j.secret_env, j.gpus, j.gpu_memory_mib, j.stop_signal, j.grace_ms,
  j.time_limit_ms, j.held, j.after, j.gpu_uuids, j.min_gpu_memory_mib, j.target, j.overtaken, j.priority, j.position, j.submitted_at,
  j.since, j.attempt, j.version, j.run_id`;
const RUN_COLUMNS = `r.gpus AS run_gpus, r.claimed_at, r.started_at, r.ended_at, r.identity, r.stop, r.outcome,
  json_extract(r.receipt, '$.verdict') AS verdict`;

/** Selects {@link JobRow}s: for lists. */
export const SELECT_JOB = `SELECT ${OWN_COLUMNS}, ${RUN_COLUMNS} FROM jobs j LEFT JOIN runs r ON r.id = j.run_id`;
/** Selects one {@link OwnRow}: beginning a join costs ten times as much as these two look-ups by key. */
export const SELECT_OWN = `SELECT ${OWN_COLUMNS} FROM jobs j WHERE j.id = ?`;
/** Selects the {@link RunColumns} of one run. */
export const SELECT_RUN = `SELECT ${RUN_COLUMNS} FROM runs r WHERE r.id = ?`;

/** A new job before it has a number. */
export interface NewJob {
  readonly spec: JobSpec;
  readonly priority: number;
  readonly held: boolean;
  readonly submittedAt: Ms;
}

/** The columns of a new job at a place in the queue. */
export function newJobRow({ spec, priority, held, submittedAt }: NewJob, position: number) {
  const { name, cwd, gpus, gpuMemoryMiB, minGpuMemoryMiB, stopSignal, graceMs, timeLimitMs } = spec;
  return {
    name,
    command: JSON.stringify(spec.command),
    cwd,
    env: JSON.stringify(spec.env),
    secretEnv: JSON.stringify(spec.secretEnv),
    gpus,
    gpuMemoryMiB,
    minGpuMemoryMiB,
    stopSignal,
    graceMs,
    timeLimitMs,
    after: JSON.stringify(spec.after),
    gpuUuids: JSON.stringify(spec.gpuUuids),
    target: spec.target.kind === 'local' ? LOCAL_TARGET_TEXT : JSON.stringify(spec.target),
    held: held ? 1 : 0,
    priority,
    position,
    submittedAt,
  };
}

/** The job that was added as number `id`: what reading its row again would give. */
export function addedJob(id: JobId, { spec, priority, held, submittedAt }: NewJob, position: number): Job {
  const state: JobState = { status: 'queued', since: submittedAt };
  return {
    id,
    spec,
    state,
    attempt: 0,
    priority,
    position,
    submittedAt,
    held,
    overtaken: 0,
    version: 1,
    verdict: null,
  };
}

/** A state to write, with what belongs to it. */
export interface NextState {
  readonly state: JobState;
  readonly attempt: number;
  /** The receipt of a stop that has ended with this; null keeps what the run has. */
  readonly receipt?: Receipt | null;
}

/** The job after `next` was written over `job`: what reading its row again would give. */
export function writtenJob(job: Job, { state, attempt, receipt }: NextState): Job {
  const runBefore = job.state.status === 'queued' ? null : job.state.run;
  const run = state.status === 'queued' ? null : state.run;
  return {
    ...job,
    state,
    attempt,
    overtaken: run === null ? 0 : job.overtaken,
    version: job.version + 1,
    verdict: receipt?.verdict ?? (run !== null && run === runBefore ? job.verdict : null),
  };
}

/** The columns of the run of a state that has one. */
export function runRow(jobId: JobId, next: NextState, bootId: string) {
  const { state, attempt, receipt } = next;
  if (state.status === 'queued') throw new Error(`job ${jobId} is queued and has no run`);
  const live = (LIVE_STATUSES as readonly JobStatus[]).includes(state.status);
  return {
    id: state.run,
    jobId,
    attempt,
    status: state.status,
    gpus: JSON.stringify(state.gpus),
    bootId,
    claimedAt: 'claimedAt' in state ? state.claimedAt : state.endedAt,
    startedAt: state.status === 'pending' ? null : state.startedAt,
    endedAt: 'endedAt' in state ? state.endedAt : null,
    identity: 'identity' in state && state.identity !== undefined ? JSON.stringify(state.identity) : null,
    stop: state.stop === null ? null : JSON.stringify(state.stop),
    outcome: live || !('outcome' in state) ? null : JSON.stringify(state.outcome),
    receipt: receipt === undefined || receipt === null ? null : JSON.stringify(receipt),
  };
}

/** Since when a job has been in its state. */
export function sinceOf(state: JobState): Ms {
  switch (state.status) {
    case 'queued':
      return state.since;
    case 'pending':
      return state.claimedAt;
    case 'running':
      return state.startedAt;
    case 'completed':
    case 'failed':
    case 'cancelled':
      return state.endedAt;
    default:
      return assertNever(state, 'job state');
  }
}

/** The job that a row stands for. */
export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    spec: {
      name: row.name,
      command: storedJson<string[]>(row.command),
      cwd: row.cwd,
      env: row.env === '{}' ? {} : storedJson<Record<string, string>>(row.env),
      secretEnv: listOf<string>(row.secret_env),
      gpus: row.gpus,
      gpuMemoryMiB: row.gpu_memory_mib,
      stopSignal: row.stop_signal,
      graceMs: row.grace_ms,
      timeLimitMs: row.time_limit_ms,
      gpuUuids: listOf<string>(row.gpu_uuids),
      minGpuMemoryMiB: row.min_gpu_memory_mib,
      after: listOf<JobId>(row.after),
      target: row.target === LOCAL_TARGET_TEXT ? LOCAL_TARGET : storedJson<Target>(row.target),
    },
    state: stateOf(row),
    attempt: row.attempt,
    priority: row.priority,
    position: row.position,
    submittedAt: row.submitted_at,
    held: row.held === 1,
    overtaken: row.overtaken,
    version: row.version,
    verdict: row.verdict,
  };
}

function stateOf(row: JobRow): JobState {
  if (row.status === 'queued') return { status: 'queued', since: row.since };
  const why = `the schema gives every job that is not queued a run (job ${row.id})`;
  const run = required(row.run_id, why);
  const gpus = listOf<string>(required(row.run_gpus, why));
  const stop = row.stop === null ? null : storedJson<Stop>(row.stop);
  const claimedAt = required(row.claimed_at, why);
  switch (row.status) {
    case 'pending':
      return {
        status: 'pending',
        run,
        gpus,
        claimedAt,
        stop,
        ...(row.identity === null ? {} : { identity: storedJson<RunIdentity>(row.identity) }),
      };
    case 'running':
      return {
        status: 'running',
        run,
        gpus,
        claimedAt,
        startedAt: required(row.started_at, why),
        identity: storedJson<RunIdentity>(required(row.identity, why)),
        stop,
      };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return {
        status: row.status,
        run,
        gpus,
        startedAt: row.started_at,
        endedAt: required(row.ended_at, why),
        outcome: outcomeOfRow(required(row.outcome, why)),
        stop,
      };
    default:
      return assertNever(row.status, 'job status');
  }
}

/** A JSON list; the empty one, which nearly all are, is not parsed. */
export function listOf<T>(text: string): readonly T[] {
  return text === '[]' ? [] : storedJson<T[]>(text);
}

/** Outcomes of older versions say nothing of a cause: none was looked for. */
function outcomeOfRow(text: string): Outcome {
  const outcome = storedJson<Outcome>(text);
  return outcome.kind === 'exited' || outcome.kind === 'signalled'
    ? { ...outcome, cause: outcome.cause ?? null }
    : outcome;
}
