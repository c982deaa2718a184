import type { ApiError } from '../../../shared/contract.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Job, JobId } from '../domain/job.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import { apiErrorOf } from './refusalWords.ts';

/** The job with that number, or the refusal that there is none. */
export function foundJob(queue: Pick<JobQueue, 'get'>, id: JobId): Result<Job, ApiError> {
  const job = queue.get(id);
  return job === null ? refused(apiErrorOf({ code: 'no-such-job' }, id)) : ok(job);
}
