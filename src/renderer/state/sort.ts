import { HISTORY_SORTS } from '../../shared/contract.ts';
import type { HistorySort } from '../../shared/contract.ts';
import type { JobView } from '../../shared/job.ts';
import { isOver, rowStateOf } from './jobState.ts';
import type { RowState } from './jobState.ts';

/** How running and finished jobs are ordered; queued ones keep the queue's own order. */
export interface Sort {
  /** `usual`: running ones by number, finished ones the latest first. */
  readonly by: HistorySort | 'usual';
  readonly descending: boolean;
}

/** The order of a window that nobody has sorted. */
export const USUAL_SORT: Sort = { by: 'usual', descending: true };

/** Where the choice is kept. */
export const SORT_KEY = 'trainyard.sort';

/** In the words of the menu and of readers. */
export const SORT_WORDS = {
  usual: 'Usual order',
  number: 'Number',
  name: 'Name',
  time: 'Time',
  status: 'Status',
  duration: 'Duration',
} as const satisfies Readonly<Record<Sort['by'], string>>;

/** The sort that was chosen last, or the usual one. */
export function readSort(storage: Pick<Storage, 'getItem'>): Sort {
  const [by, direction] = (storage.getItem(SORT_KEY) ?? '').split(' ');
  const known = HISTORY_SORTS.find((sort) => sort === by);
  return known === undefined ? USUAL_SORT : { by: known, descending: direction === 'descending' };
}

/** Keeps the sort for the next window. */
export function keepSort(storage: Pick<Storage, 'setItem' | 'removeItem'>, sort: Sort): void {
  if (sort.by === 'usual') storage.removeItem(SORT_KEY);
  else storage.setItem(SORT_KEY, `${sort.by} ${sort.descending ? 'descending' : 'ascending'}`);
}

/** The sort after its name was chosen: the other direction when it was that one, else the one people look for first. */
export function chosenSort(now: Sort, by: Sort['by']): Sort {
  if (by === 'usual') return USUAL_SORT;
  if (now.by === by) return { by, descending: !now.descending };
  return { by, descending: by === 'time' || by === 'duration' || by === 'number' };
}

/** What the core is asked to order finished jobs by. */
export function historySortOf({ by, descending }: Sort): { readonly sort: HistorySort; readonly descending: boolean } {
  return by === 'usual' ? { sort: 'time', descending: true } : { sort: by, descending };
}

const STATES: readonly RowState[] = [
  'running',
  'pending',
  'cancelling',
  'stuck',
  'queued',
  'completed',
  'failed',
  'cancelled',
];

/** Orders running or finished jobs; the same order as the core's for finished ones. */
export function sortJobs(jobs: readonly JobView[], sort: Sort): readonly JobView[] {
  const { by, descending } = sort;
  const sign = descending ? -1 : 1;
  const latestFirst = (a: JobView, b: JobView): number => timeOf(b) - timeOf(a) || b.id - a.id;
  const compare: Readonly<Record<Sort['by'], (a: JobView, b: JobView) => number>> = {
    usual: (a, b) => (isOver(a) && isOver(b) ? latestFirst(a, b) : a.id - b.id),
    number: (a, b) => sign * (a.id - b.id),
    name: (a, b) => sign * compareText(foldOf(a.name), foldOf(b.name)) || b.id - a.id,
    time: (a, b) => sign * (timeOf(a) - timeOf(b) || a.id - b.id),
    status: (a, b) => sign * (STATES.indexOf(rowStateOf(a)) - STATES.indexOf(rowStateOf(b))) || latestFirst(a, b),
    duration: (a, b) => {
      const [one, other] = [durationOf(a), durationOf(b)];
      if (one === null || other === null) return Number(one === null) - Number(other === null) || b.id - a.id;
      return sign * (one - other) || b.id - a.id;
    },
  };
  return [...jobs].sort(compare[by]);
}

function timeOf(job: JobView): number {
  return job.endedAt ?? job.startedAt ?? job.submittedAt;
}

function durationOf({ startedAt, endedAt }: JobView): number | null {
  // A run that goes on: the one that began first is the longest.
  return startedAt === null ? null : (endedAt ?? Number.MAX_SAFE_INTEGER) - startedAt;
}

/** As SQLite's NOCASE folds: the letters A to Z alone. */
function foldOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
