import type { Change, QueueView, Snapshot } from '../../../src/shared/contract.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../src/shared/gpu.ts';
import type { JobStatus, JobView, StopStage, StopView } from '../../../src/shared/job.ts';
import { settingsSchema } from '../../../src/shared/settings.ts';
import type { NoticeFacts } from '../../../src/main/shell/notifications/jobNotice.ts';

/** The moment of these tests, Unix milliseconds. */
export const NOW = Date.UTC(2026, 10, 22, 14, 26, 0);

/** A job with everything filled in that `facts` leave out. */
export function job(id: number, status: JobStatus, facts: Partial<JobView> = {}): JobView {
  const base = {
    id,
    name: `job-${id}`,
    command: ['python', 'train.py'],
    cwd: '/home/ada',
    gpus: 0,
    gpuMemoryMiB: null,
    stopSignal: 'SIGTERM',
    graceSeconds: 10,
    timeLimitSeconds: null,
    gpuUuids: [],
    minGpuMemoryMiB: null,
    after: [],
    held: false,
    priority: 0,
    status,
    sentence: 'exit 0',
    stop: null,
    heldGpus: [],
    attempt: 1,
    submittedAt: NOW - 60_000,
    startedAt: status === 'queued' ? null : NOW - 30_000,
    endedAt: NOW,
    outcome: null,
    position: id,
    progress: null,
  };
  return { ...base, ...facts } as JobView;
}

/** A stop that was asked for a moment ago. */
export function stop(stage: StopStage, facts: Partial<StopView> = {}): StopView {
  return {
    intent: 'cancel',
    by: 'tray',
    requestedAt: NOW - 1_000,
    deadlineAt: NOW + 9_000,
    stage,
    forced: false,
    ...facts,
  };
}

/** The queue as a whole, with these jobs counted. */
export function queueOf(jobs: Iterable<JobView>, facts: Partial<QueueView> = {}): QueueView {
  const counts = { queued: 0, pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { status } of jobs) counts[status] += 1;
  return { mode: 'run', cpuSlots: 1, notice: null, counts, ...facts };
}

/** A snapshot of these jobs on a machine with the GPUs `gpu-0` and `gpu-1`. */
export function snapshotOf(jobs: readonly JobView[], facts: Partial<QueueView> = {}): Snapshot {
  const gpus = [0, 1].map((index) => ({ ...NO_GPU, uuid: `gpu-${index}`, index }));
  return { seq: 10, queue: queueOf(jobs, facts), jobs, gpus: { ...GPU_SNAPSHOT_AT_START, gpus } };
}

const NO_GPU = {
  name: null,
  pciBusId: null,
  driverVersion: null,
  memoryTotalMiB: null,
  memoryUsedMiB: null,
  memoryFreeMiB: null,
  utilizationPercent: null,
  temperatureCelsius: null,
  powerDrawWatts: null,
  powerLimitWatts: null,
  mig: null,
  unifiedMemory: false,
  quarantine: null,
} as const;

/** A numbered change of one job. */
export function change(kind: string, about: JobView, facts: Partial<Change> = {}): Change {
  return { seq: 11, at: NOW, kind, jobId: about.id, job: about, queue: queueOf([about]), ...facts };
}

/** Everything is wanted and nobody looks. */
export const UNSEEN: NoticeFacts = {
  wanted: settingsSchema.parse({}).notifications,
  looking: { focused: false, jobId: null },
  gpuIndexes: new Map([
    ['gpu-0', 0],
    ['gpu-1', 1],
  ]),
};
