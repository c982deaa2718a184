import type { FinishedState, Job, JobSpec, JobState, LocalIdentity, Stop } from '../../../src/main/core/domain/job.ts';
import type { Waiting } from '../../../src/main/core/domain/schedule.ts';
import type { ExitRecord, IdentityRecord } from '../../../src/main/core/domain/runnerRecords.ts';

/** The run that is the job's own in every sample. */
export const RUN = '7-1-aaaa';
/** A run the job had before. */
export const OLD_RUN = '7-0-zzzz';
export const GRACE_MS = 10_000;

/** A job's values as submitted. */
export function spec(over: Partial<JobSpec> = {}): JobSpec {
  return {
    name: 'train',
    command: ['python', 'train.py'],
    cwd: '/home/ada/project',
    env: { SEED: '1' },
    secretEnv: [],
    gpus: 1,
    gpuMemoryMiB: null,
    gpuUuids: [],
    minGpuMemoryMiB: null,
    after: [],
    stopSignal: 'SIGTERM',
    graceMs: GRACE_MS,
    timeLimitMs: null,
    target: { kind: 'local' },
    ...over,
  };
}

export const IDENTITY: LocalIdentity = {
  engine: 'local',
  runner: 'native',
  bootId: 'boot-1',
  runnerPid: 4100,
  runnerStart: '8123456',
  mainPid: 4101,
  mainStart: '8123457',
};

/** A stop that was asked for at 2000 and has its whole grace. */
export function stop(over: Partial<Stop> = {}): Stop {
  return {
    intent: 'cancel',
    by: 'window',
    requestedAt: 2_000,
    deadlineAt: 2_000 + GRACE_MS,
    stage: 'asked',
    forced: false,
    ...over,
  };
}

export const QUEUED: JobState = { status: 'queued', since: 1_000 };

/** Claimed at 1500, with GPU-A. */
export function pending(stopped: Stop | null = null): JobState {
  return { status: 'pending', run: RUN, gpus: ['GPU-A'], claimedAt: 1_500, stop: stopped };
}

/** Started at 1700. */
export function running(stopped: Stop | null = null): JobState {
  return {
    status: 'running',
    run: RUN,
    gpus: ['GPU-A'],
    claimedAt: 1_500,
    startedAt: 1_700,
    identity: IDENTITY,
    stop: stopped,
  };
}

/** Ended at 9000. */
export function finished(status: FinishedState['status']): FinishedState {
  return {
    status,
    run: RUN,
    gpus: ['GPU-A'],
    startedAt: 1_700,
    endedAt: 9_000,
    outcome: { kind: 'exited', code: status === 'completed' ? 0 : 1, cause: null },
    stop: status === 'cancelled' ? stop({ stage: 'verifying' }) : null,
  };
}

/** Job 7 in that state. */
export function jobIn(state: JobState, over: Partial<Job> = {}): Job {
  return {
    id: 7,
    spec: spec(),
    state,
    attempt: state.status === 'queued' ? 0 : 1,
    priority: 0,
    position: 1,
    submittedAt: 1_000,
    held: false,
    overtaken: 0,
    version: 1,
    verdict: null,
    ...over,
  };
}

/** A runner's exit record of a plain success. */
export function exitRecord(over: Partial<ExitRecord> = {}): ExitRecord {
  return {
    protocol: 1,
    run: RUN,
    code: 0,
    signal: null,
    core_dumped: false,
    never_started: false,
    start_error: null,
    started_at: 1_700,
    main_exited_at: 9_000,
    ended_at: 9_000,
    wall_ms: 7_300,
    user_cpu_ms: 7_000,
    system_cpu_ms: 100,
    max_rss_kib: 100_000,
    stopped: false,
    forced: false,
    leftovers: 0,
    members_seen: 1,
    reaped: 1,
    kill_rounds: 0,
    ...over,
  };
}

/** A runner's identity record that matches {@link IDENTITY}. */
export function identityRecord(over: Partial<IdentityRecord> = {}): IdentityRecord {
  return {
    protocol: 1,
    run: RUN,
    boot_id: 'boot-1',
    runner: 'native',
    runner_pid: 4100,
    runner_start: '8123456',
    main_pid: 4101,
    main_start: '8123457',
    started_at: 1_700,
    ...over,
  };
}

/** A queued job as the scheduler sees it, with nothing asked for. */
export function waiting(jobId: number, over: Partial<Waiting> = {}): Waiting {
  return {
    jobId,
    priority: 0,
    held: false,
    after: [],
    gpus: 0,
    gpuMemoryMiB: null,
    gpuUuids: [],
    minGpuMemoryMiB: null,
    overtaken: 0,
    ...over,
  };
}
