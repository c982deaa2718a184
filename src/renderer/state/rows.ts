import type { JobView } from '../../shared/job.ts';
import { isLive, isOver, rowStateOf } from './jobState.ts';
import type { RowState } from './jobState.ts';
import type { WindowState } from './windowState.ts';

/** One line of the table. */
export type Row =
  | { readonly kind: 'job'; readonly key: string; readonly job: JobView; readonly endsGroup: boolean }
  | { readonly kind: 'more-queued'; readonly key: string; readonly hidden: readonly JobView[] }
  | { readonly kind: 'older'; readonly key: string };

/** How many queued jobs are shown before the rest is folded. */
const QUEUED_SHOWN = 6;
/** Folding fewer than this many is not worth a line. */
const QUEUED_FOLDED_MIN = 3;

type RowFacts = Pick<
  WindowState,
  'openJobs' | 'finishedJobs' | 'olderCursor' | 'filter' | 'search' | 'showAllQueued' | 'queue'
>;

/** The table's lines: Running (with pending and stopping), Queued, Finished. The order inside a group does not change under the pointer. */
export function rowsOf(state: RowFacts): readonly Row[] {
  const open = [...state.openJobs.values()].filter((job) => isShown(job, state));
  const live = open.filter(isLive).sort((a, b) => a.id - b.id);
  const queued = queuedInOrder(open);
  const finished = finishedInOrder(state.finishedJobs).filter((job) => isShown(job, state));
  const isNarrowed = state.filter !== null || state.search.trim() !== '';
  const folds = !state.showAllQueued && !isNarrowed && queued.length >= QUEUED_SHOWN + QUEUED_FOLDED_MIN;
  const shownQueued = folds ? queued.slice(0, QUEUED_SHOWN) : queued;
  const rows: Row[] = [...jobRows(live), ...jobRows(shownQueued)];
  if (folds) rows.push({ kind: 'more-queued', key: 'more-queued', hidden: queued.slice(QUEUED_SHOWN) });
  rows.push(...jobRows(finished));
  if (!isNarrowed && hasOlder(state)) rows.push({ kind: 'older', key: 'older' });
  return rows;
}

function jobRows(jobs: readonly JobView[]): Row[] {
  return jobs.map((job, index) => ({ kind: 'job', key: `job-${job.id}`, job, endsGroup: index === jobs.length - 1 }));
}

/** Queued jobs, the next first. */
export function queuedInOrder(jobs: Iterable<JobView>): readonly JobView[] {
  return [...jobs]
    .filter((job) => job.status === 'queued')
    .sort((a, b) => b.priority - a.priority || a.position - b.position);
}

/** Finished jobs, the latest first. Sorted once for each set of jobs. */
export function finishedInOrder(finishedJobs: ReadonlyMap<number, JobView>): readonly JobView[] {
  if (cached?.of !== finishedJobs) {
    const jobs = [...finishedJobs.values()].sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0) || b.id - a.id);
    cached = { of: finishedJobs, jobs };
  }
  return cached.jobs;
}
let cached: { readonly of: ReadonlyMap<number, JobView>; readonly jobs: readonly JobView[] } | null = null;

/** Whether the history holds finished jobs that were not loaded. */
export function hasOlder(state: Pick<WindowState, 'finishedJobs' | 'olderCursor' | 'queue'>): boolean {
  const { completed, failed, cancelled } = state.queue.counts;
  return state.olderCursor !== null && state.finishedJobs.size < completed + failed + cancelled;
}

function isShown(job: JobView, { filter, search }: RowFacts): boolean {
  return (filter === null || rowStateOf(job) === filter) && matches(job, search);
}

/** Whether `job` is found by what was typed: every word in its number, name, command or folder. */
export function matches(job: JobView, search: string): boolean {
  const words = search.trim().toLowerCase().split(/\s+/);
  const text = `#${job.id} ${job.name} ${job.command.join(' ')} ${job.cwd}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** How many open rows show each state. They add up: a cancelling job is not also counted as running. */
export function countsOf(openJobs: ReadonlyMap<number, JobView>): Readonly<Record<RowState, number>> {
  const counts: Record<RowState, number> = {
    running: 0,
    queued: 0,
    pending: 0,
    cancelling: 0,
    stuck: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  for (const job of openJobs.values()) if (!isOver(job)) counts[rowStateOf(job)] += 1;
  return counts;
}

/** The job of that number, open or finished. */
export function jobOf(state: Pick<WindowState, 'openJobs' | 'finishedJobs'>, jobId: number | null): JobView | null {
  if (jobId === null) return null;
  return state.openJobs.get(jobId) ?? state.finishedJobs.get(jobId) ?? null;
}
