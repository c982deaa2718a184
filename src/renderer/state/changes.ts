import type { Change, Events, Snapshot } from '../../shared/contract.ts';
import type { GpuSnapshot } from '../../shared/gpu.ts';
import type { JobView } from '../../shared/job.ts';
import { giveColours } from './colours.ts';
import { addReadings } from './gpuHistory.ts';
import { isOver } from './jobState.ts';
import type { WindowState } from './windowState.ts';

/** The state after a whole snapshot: the core's word replaces everything, the person's place stays. */
export function withSnapshot(state: WindowState, snapshot: Snapshot): WindowState {
  const openJobs = new Map<number, JobView>();
  const finishedJobs = new Map<number, JobView>();
  for (const job of snapshot.jobs) (isOver(job) ? finishedJobs : openJobs).set(job.id, job);
  return {
    ...state,
    connection: 'ready',
    seq: snapshot.seq,
    queue: snapshot.queue,
    openJobs,
    finishedJobs,
    olderCursor: undefined,
    gpus: snapshot.gpus,
    gpuHistory: addReadings(state.gpuHistory, snapshot.gpus),
    colours: giveColours(state.colours, openJobs.values()),
    refusals: new Map(),
  };
}

/** What a numbered change means for a state: the next state, nothing (already known), or `gap` when some are missing. */
export function withChange(state: WindowState, change: Change): WindowState | 'gap' {
  if (change.seq <= state.seq) return state;
  if (change.seq !== state.seq + 1) return 'gap';
  const next: WindowState = { ...state, seq: change.seq, queue: change.queue };
  if (change.job !== null) return withJob(next, change.job);
  return change.jobId === null ? next : withoutJob(next, change.jobId);
}

function withJob(state: WindowState, job: JobView): WindowState {
  const openJobs = new Map(state.openJobs);
  let finishedJobs = state.finishedJobs;
  if (isOver(job)) {
    openJobs.delete(job.id);
    finishedJobs = new Map(finishedJobs).set(job.id, job);
  } else {
    openJobs.set(job.id, job);
    if (finishedJobs.has(job.id)) finishedJobs = without(finishedJobs, job.id);
  }
  return {
    ...state,
    openJobs,
    finishedJobs,
    colours: giveColours(state.colours, openJobs.values()),
    refusals: without(state.refusals, job.id),
  };
}

function withoutJob(state: WindowState, jobId: number): WindowState {
  return { ...state, openJobs: without(state.openJobs, jobId), finishedJobs: without(state.finishedJobs, jobId) };
}

/** The state after the latest word on a run's progress. */
export function withProgress(state: WindowState, { jobId, progress }: Events['progress']): WindowState {
  const job = state.openJobs.get(jobId);
  if (job === undefined) return state;
  return { ...state, openJobs: new Map(state.openJobs).set(jobId, { ...job, progress }) };
}

/** The state after new sentences of waiting jobs. */
export function withBlockers(state: WindowState, blockers: Events['blockers']): WindowState {
  const openJobs = new Map(state.openJobs);
  for (const { jobId, sentence } of blockers) {
    const job = openJobs.get(jobId);
    if (job?.status === 'queued') openJobs.set(jobId, { ...job, sentence });
  }
  return { ...state, openJobs };
}

/** The state after a reading of the GPUs. */
export function withGpus(state: WindowState, gpus: GpuSnapshot): WindowState {
  return { ...state, gpus, gpuHistory: addReadings(state.gpuHistory, gpus) };
}

/** The state with more finished jobs from the history; a job that is already known keeps the newer word. */
export function withOlder(
  state: WindowState,
  jobs: readonly JobView[],
  nextCursor: number | null | undefined,
): WindowState {
  const finishedJobs = new Map(state.finishedJobs);
  for (const job of jobs) {
    if (isOver(job) && !finishedJobs.has(job.id) && !state.openJobs.has(job.id)) finishedJobs.set(job.id, job);
  }
  return { ...state, finishedJobs, olderCursor: nextCursor };
}

function without<V>(map: ReadonlyMap<number, V>, key: number): ReadonlyMap<number, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}
