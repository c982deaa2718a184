import type { JobView } from '../../shared/job.ts';
import { isLive, isOver, rowStateOf } from './jobState.ts';
import type { RowState } from './jobState.ts';
import { RowList, jobRows } from './rowList.ts';
import type { Row } from './rowList.ts';
import { historySortOf, sortJobs } from './sort.ts';
import type { WindowState } from './windowState.ts';

/** How many queued jobs are shown before the rest is folded. */
const QUEUED_SHOWN = 6;
/** Folding fewer than this many is not worth a line. */
const QUEUED_FOLDED_MIN = 3;

type RowFacts = Pick<
  WindowState,
  'openJobs' | 'finishedJobs' | 'history' | 'filter' | 'search' | 'sort' | 'showAllQueued'
>;

/** The table's lines: Running (with pending and stopping), Queued, Finished. The order inside a group does not change under the pointer. */
export function rowsOf(state: RowFacts): RowList {
  const open = [...state.openJobs.values()].filter((job) => isShown(job, state));
  const live = sortJobs(open.filter(isLive), state.sort);
  const queued = queuedInOrder(open);
  const isNarrowed = state.filter !== null || state.search.trim() !== '';
  const folds = !state.showAllQueued && !isNarrowed && queued.length >= QUEUED_SHOWN + QUEUED_FOLDED_MIN;
  const shownQueued = folds ? queued.slice(0, QUEUED_SHOWN) : queued;
  const rows: Row[] = [...jobRows(live), ...jobRows(shownQueued)];
  if (folds) rows.push({ kind: 'more-queued', key: 'more-queued', hidden: queued.slice(QUEUED_SHOWN) });
  return new RowList(rows, finishedIds(state), state.finishedJobs);
}

/** The numbers of the finished jobs that are shown: the core's order, or that of the loaded ones until the core has answered. */
function finishedIds(state: RowFacts): readonly number[] {
  if (state.history?.key === historyKey(state)) return state.history.jobIds;
  return sortJobs(
    [...state.finishedJobs.values()].filter((job) => isShown(job, state)),
    state.sort,
  ).map(({ id }) => id);
}

/** Names the question that a list of finished jobs answers: the same key, the same list. */
export function historyKey({ filter, search, sort }: Pick<WindowState, 'filter' | 'search' | 'sort'>): string {
  const { sort: by, descending } = historySortOf(sort);
  return [by, descending, filter ?? '', search.trim().toLowerCase()].join(' ');
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
