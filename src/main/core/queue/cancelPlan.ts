import { isFinished } from '../../../shared/job.ts';
import type { JobStatus } from '../../../shared/job.ts';
import type { JobId } from '../domain/job.ts';
import type { QueueRefusal } from './applied.ts';

/** What the cancel of several jobs means for each of them. */
export interface CancelPlan {
  /** They leave the queue. */
  readonly queued: readonly JobId[];
  /** It is decided already that they leave. */
  readonly leaving: readonly JobId[];
  /** They are stopped. */
  readonly live: readonly JobId[];
  /** There is nothing to cancel. */
  readonly refused: ReadonlyMap<JobId, QueueRefusal>;
}

/** Sorts jobs by what a cancel does to them; a job without a status is not there. */
export function cancelPlan(
  ids: readonly JobId[],
  statuses: ReadonlyMap<JobId, JobStatus>,
  isLeaving: (id: JobId) => boolean,
): CancelPlan {
  const queued: JobId[] = [];
  const leaving: JobId[] = [];
  const live: JobId[] = [];
  const refused = new Map<JobId, QueueRefusal>();
  for (const id of ids) {
    const status = statuses.get(id);
    if (status === undefined) refused.set(id, { code: 'no-such-job' });
    else if (isFinished(status)) refused.set(id, { code: 'already-finished', status });
    else if (status === 'queued') (isLeaving(id) ? leaving : queued).push(id);
    else live.push(id);
  }
  return { queued, leaving, live, refused };
}
