import type { JobView } from '../../../shared/job.ts';
import type { Row } from '../../state/rows.ts';

/** A row that has or had the focus. */
export interface Place {
  readonly jobId: number;
  readonly index: number;
  readonly wasQueued: boolean;
}

/** The place of `job` in the table. */
export function placeOf(job: JobView, index: number): Place {
  return { jobId: job.id, index, wasQueued: job.status === 'queued' };
}

/** Whether the focused element went away. */
export function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** The nearest row with a job from `from` on, in one direction, or null. */
export function nextJobRow(rows: readonly Row[], from: number, direction: number): number | null {
  for (let index = from; rows[index] !== undefined; index += direction) if (rows[index]?.kind === 'job') return index;
  return null;
}
