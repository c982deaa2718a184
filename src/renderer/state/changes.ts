import type { Change, Events, Snapshot } from '../../shared/contract.ts';
import type { GpuSnapshot } from '../../shared/gpu.ts';
import type { JobView } from '../../shared/job.ts';
import { giveColours } from './colours.ts';
import { addReadings } from './gpuHistory.ts';
import { isOver } from './jobState.ts';
import { historyKey } from './rows.ts';
import { historySortOf } from './sort.ts';
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
    fetched: [],
    history: state.history === null ? null : { ...state.history, isStale: true },
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
  let { finishedJobs, history } = state;
  if (isOver(job)) {
    openJobs.delete(job.id);
    finishedJobs = new Map(finishedJobs).set(job.id, job);
    history = historyWith(state, job.id);
  } else {
    openJobs.set(job.id, job);
    history = historyWithout(history, job.id);
    if (finishedJobs.has(job.id)) finishedJobs = without(finishedJobs, job.id);
  }
  return {
    ...state,
    openJobs,
    finishedJobs,
    history,
    colours: giveColours(state.colours, openJobs.values()),
    refusals: without(state.refusals, job.id),
  };
}

function withoutJob(state: WindowState, jobId: number): WindowState {
  return {
    ...state,
    openJobs: without(state.openJobs, jobId),
    finishedJobs: without(state.finishedJobs, jobId),
    history: historyWithout(state.history, jobId),
  };
}

/** The state after the latest word on a run's progress. */
export function withProgress(state: WindowState, { jobId, progress }: Events['progress']): WindowState {
  const job = state.openJobs.get(jobId);
  if (job === undefined) return state;
  return { ...state, openJobs: new Map(state.openJobs).set(jobId, { ...job, progress }) };
}

/** The state after new sentences of jobs. */
export function withBlockers(state: WindowState, blockers: Events['blockers']): WindowState {
  const openJobs = new Map(state.openJobs);
  for (const { jobId, sentence, note } of blockers) {
    const job = openJobs.get(jobId);
    if (job === undefined) continue;
    // A sentence without a note is a blocker: it is old when the job has left the queue.
    if (note !== undefined) openJobs.set(jobId, { ...job, sentence, note });
    else if (job.status === 'queued') openJobs.set(jobId, { ...job, sentence });
  }
  return { ...state, openJobs };
}

/** The state after a reading of the GPUs. */
export function withGpus(state: WindowState, gpus: GpuSnapshot): WindowState {
  return { ...state, gpus, gpuHistory: addReadings(state.gpuHistory, gpus) };
}

/** More fetched jobs than this are not kept: the ones that were looked at first go. */
const FETCHED_MAX = 1_500;

/** The state with finished jobs that were scrolled to; a job that is already known keeps the newer word. */
export function withFetched(state: WindowState, jobs: readonly JobView[]): WindowState {
  const news = jobs.filter((job) => isOver(job) && !state.finishedJobs.has(job.id) && !state.openJobs.has(job.id));
  if (news.length === 0) return state;
  const finishedJobs = new Map(state.finishedJobs);
  for (const job of news) finishedJobs.set(job.id, job);
  const all = [...state.fetched, ...news.map(({ id }) => id)];
  for (const id of all.slice(0, -FETCHED_MAX)) if (id !== state.selectedId) finishedJobs.delete(id);
  return { ...state, finishedJobs, fetched: all.slice(-FETCHED_MAX) };
}

/** The state with the core's answer to which finished jobs there are, in order. */
export function withHistory(state: WindowState, key: string, jobIds: readonly number[]): WindowState {
  return { ...state, history: { key, jobIds, isStale: false } };
}

/** The list after a job has ended: the latest first puts it on top, any other order is asked for again. */
function historyWith({ history, sort, filter, search }: WindowState, jobId: number): WindowState['history'] {
  if (history === null || history.jobIds.includes(jobId)) return history;
  const { sort: by, descending } = historySortOf(sort);
  const isPlain = by === 'time' && descending && filter === null && search.trim() === '';
  return isPlain && history.key === historyKey({ sort, filter, search })
    ? { ...history, jobIds: [jobId, ...history.jobIds] }
    : { ...history, isStale: true };
}

function historyWithout(history: WindowState['history'], jobId: number): WindowState['history'] {
  if (history === null || !history.jobIds.includes(jobId)) return history;
  return { ...history, jobIds: history.jobIds.filter((id) => id !== jobId) };
}

function without<V>(map: ReadonlyMap<number, V>, key: number): ReadonlyMap<number, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}
