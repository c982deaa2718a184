import type { JobView } from '../../shared/job.ts';
import { jobOf } from './rows.ts';
import type { RowList } from './rowList.ts';
import type { WindowState } from './windowState.ts';

type SelectionFacts = Pick<WindowState, 'selectedId' | 'selection'>;

/** No job besides the one the panel is about. */
export const NO_SELECTION: ReadonlySet<number> = new Set();

/** The numbers of the chosen jobs: several while the one that leads is among them, else that one alone. */
export function chosenIds({ selectedId, selection }: SelectionFacts): ReadonlySet<number> {
  if (selectedId === null) return NO_SELECTION;
  return selection.has(selectedId) ? selection : new Set([selectedId]);
}

/** The chosen jobs that are known, in the order they were chosen. */
export function chosenJobs(state: WindowState, ids: Iterable<number> = chosenIds(state)): readonly JobView[] {
  return [...ids].flatMap((id) => jobOf(state, id) ?? []);
}

/** The jobs of the rows from one to the other, both included. */
export function rangeOf(rows: RowList, from: number, to: number): ReadonlySet<number> {
  return new Set(from < to ? rows.jobIds(from, to) : rows.jobIds(to, from));
}

/** The selection after a job was added to it or taken out, and the job that leads then. */
export function toggled(state: SelectionFacts, jobId: number): SelectionFacts {
  const ids = new Set(chosenIds(state));
  if (!ids.delete(jobId)) return { selectedId: jobId, selection: ids.add(jobId) };
  return { selectedId: [...ids].at(-1) ?? null, selection: ids };
}
