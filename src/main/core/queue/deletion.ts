import type { JobStatus } from '../../../shared/job.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Job, JobId } from '../domain/job.ts';

/** The first job that cannot be deleted: its status, or null when there is no such job. */
export interface DeleteRefusal {
  readonly id: JobId;
  readonly status: JobStatus | null;
}

/** The jobs of these numbers, each once, when all of them are finished. */
export function finishedOf(
  ids: readonly JobId[],
  get: (id: JobId) => Job | null,
): Result<readonly Job[], DeleteRefusal> {
  const chosen: Job[] = [];
  for (const id of new Set(ids)) {
    const job = get(id);
    if (job === null || !('outcome' in job.state)) return refused({ id, status: job?.state.status ?? null });
    chosen.push(job);
  }
  return ok(chosen);
}
