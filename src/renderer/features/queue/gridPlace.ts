import { jobIdOf } from '../../state/rowList.ts';
import type { Row } from '../../state/rowList.ts';

/** A row that has or had the focus. */
export interface Place {
  readonly jobId: number;
  readonly index: number;
  readonly wasQueued: boolean;
}

/** The place of a row's job in the table, or null for a line without one. */
export function placeOf(row: Row | null, index: number): Place | null {
  const jobId = jobIdOf(row);
  if (jobId === null) return null;
  return { jobId, index, wasQueued: row?.kind === 'job' && row.job.status === 'queued' };
}

/** Whether the focused element went away. */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
