import type { ROUTES, ApiError, CancelAnswer, CancelOutcome } from '../../../shared/contract.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { Applied, QueueRefusal } from '../queue/applied.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import { foundJob } from './foundJob.ts';
import { apiErrorOf } from './refusalWords.ts';
import type { HandlersOf } from './router.ts';

/** What cancels are carried out with. */
export interface CancelParts {
  readonly queue: JobQueue;
  readonly jobs: JobStore;
}

/** Cancels of one job and of many; a job that has finished already is an answer and no error. */
export function cancelHandlers({
  queue,
  jobs,
}: CancelParts): Pick<HandlersOf<typeof ROUTES>, 'jobs.cancel' | 'jobs.cancelMany'> {
  function cancelAnswer(id: number, result: Result<Applied, QueueRefusal>): Result<CancelAnswer, ApiError> {
    const outcome = cancelOutcome(id, result);
    if (!outcome.ok) return outcome;
    const job = result.ok ? ok(result.value.after) : foundJob(queue, id);
    return job.ok ? ok({ ...outcome.value, job: queue.view(job.value) }) : job;
  }

  return {
    'jobs.cancel': ({ jobId, force }, { origin }) => cancelAnswer(jobId, queue.cancel(jobId, origin, force)),
    'jobs.cancelMany': async ({ jobs: which, force }, { origin }) => {
      if (typeof which === 'string') {
        const results = await queue.cancelAll(which, origin, force);
        const answers = results.flatMap((result) => (result.ok ? [cancelOutcome(result.value.after.id, result)] : []));
        return ok({ answers: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) });
      }
      const ids = [...new Set(which)];
      // All or nothing: an unknown number is most likely a mistake in the list.
      const known = jobs.statusesOf(ids);
      const unknown = ids.find((id) => !known.has(id));
      if (unknown !== undefined) return refused({ ...apiErrorOf({ code: 'no-such-job' }, unknown), field: 'jobs' });
      const results = await queue.cancelMany(ids, origin, force);
      const answers = results.map((result, place) => cancelOutcome(ids[place] ?? 0, result));
      return ok({ answers: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) });
    },
  };
}

/** What became of the cancel of a job. */
function cancelOutcome(id: number, result: Result<Applied, QueueRefusal>): Result<CancelOutcome, ApiError> {
  if (result.ok) {
    const { before, after } = result.value;
    const done = after.state.status === 'cancelled';
    return ok({
      jobId: id,
      result: done ? 'cancelled' : 'stopping',
      previousStatus: before.state.status,
      message: done ? 'Job cancelled successfully' : 'Cancellation in progress',
    });
  }
  if (result.error.code !== 'already-finished') return refused(apiErrorOf(result.error, id));
  const already = result.error.status === 'cancelled';
  return ok({
    jobId: id,
    result: already ? 'already-cancelled' : 'already-finished',
    previousStatus: result.error.status,
    message: already ? 'Job was already cancelled' : 'Job already finished',
  });
}
