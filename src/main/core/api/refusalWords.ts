import type { ApiError } from '../../../shared/contract.ts';
import { assertNever } from '../../../shared/result.ts';
import type { JobId } from '../domain/job.ts';
import type { QueueRefusal } from '../queue/applied.ts';
import type { DeleteRefusal } from '../queue/deletion.ts';

/** Why jobs are not deleted, as clients get it. */
export function deleteErrorOf({ id, status }: DeleteRefusal): ApiError {
  return status === null
    ? { code: 'NOT_FOUND', field: 'jobs', message: `jobs: there is no job #${id}. Nothing was deleted.` }
    : {
        code: 'REFUSED',
        field: 'jobs',
        message: `jobs: job #${id} is ${status}: only a finished job can be deleted. Cancel it first. Nothing was deleted.`,
      };
}

/** A refusal of the queue as clients get it. */
export function apiErrorOf(refusal: QueueRefusal, id: JobId): ApiError {
  switch (refusal.code) {
    case 'no-such-job':
      return { code: 'NOT_FOUND', field: 'jobId', message: `There is no job #${id}.` };
    case 'already-finished':
      return { code: 'REFUSED', message: `Job #${id} has already finished: it is ${refusal.status}.` };
    case 'not-finished':
      return { code: 'REFUSED', message: `Job #${id} is ${refusal.status}: only a finished job can be queued again.` };
    case 'not-queued':
      return { code: 'REFUSED', message: `Job #${id} is ${refusal.status}: only a queued job has a place to change.` };
    case 'no-such-place':
      return { code: 'REFUSED', field: 'before', message: `before: job #${refusal.before} is not in the queue.` };
    case 'not-stopping':
      return { code: 'REFUSED', message: `Job #${id} is not being stopped, so there is no deadline to move.` };
    case 'killing-already':
      return { code: 'REFUSED', message: `SIGKILL has been sent to job #${id}: it cannot be given more time.` };
    case 'other-run':
      return { code: 'REFUSED', message: `Job #${id} has another run by now.` };
    case 'not-in-this-state':
      return { code: 'REFUSED', message: `Job #${id} is ${refusal.status}: that cannot be done now.` };
    default:
      return assertNever(refusal, 'refusal');
  }
}
