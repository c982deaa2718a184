import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ApiError, CancelOutcome, Change, ErrorCode } from '../../../../shared/contract.ts';
import type { DeleteAnswer } from '../../../../shared/files.ts';
import type { JobView } from '../../../../shared/job.ts';
import { reasonWord } from '../../domain/outcome.ts';
import { renamed, toSnake } from './names.ts';

/** A JSON object on the wire: names in snake_case. */
export type WireObject = Record<string, unknown>;

/** The HTTP status of each error code: the one table. */
export const STATUS_OF: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  UNKNOWN_ROUTE: 404,
  INVALID_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  REFUSED: 409,
  DATABASE: 503,
  INTERNAL: 500,
};

/** An error as clients get it, its field named as they wrote it. */
export function errorOnTheWire(error: ApiError): WireObject {
  if (error.field === undefined) return { success: false, error };
  // Names of variables are the client's own.
  const field = /(?:^|\.)env\./.test(error.field) ? error.field : toSnake(error.field);
  return { success: false, error: { ...error, field, message: error.message.replace(error.field, field) } };
}

/** What a cancel answers, in the words of the plan. */
export function cancelOnTheWire(answer: CancelOutcome): WireObject {
  return {
    success: answer.result !== 'already-finished',
    job_id: String(answer.jobId),
    previous_status: answer.previousStatus,
    message: answer.message,
  };
}

/** What a delete answers; numbers of jobs are texts on the wire. */
export function deletedOnTheWire({ deleted, freedBytes, problem }: DeleteAnswer): WireObject {
  return { success: true, deleted: deleted.map(String), freed_bytes: freedBytes, problem };
}

/** A job, or all of its details: `job_id`, `exit_code`, `signal` and `reason` stand beside what the contract has. */
export function jobOnTheWire(job: JobView): WireObject {
  const { id, outcome, ...rest } = job;
  return {
    job_id: String(id),
    ...onTheWire(rest),
    exit_code: outcome?.kind === 'exited' ? outcome.code : null,
    signal: outcome?.kind === 'signalled' ? outcome.signal : null,
    reason: reasonOf(job),
  };
}

/** A numbered change. Its job is as it was when the change was told, or as it is now when it is told later. */
export function changeOnTheWire({ seq, at, kind, jobId, job, queue }: Change): WireObject {
  return {
    seq,
    at,
    kind,
    job_id: jobId === null ? null : String(jobId),
    job: job === null ? null : jobOnTheWire(job),
    queue: onTheWire(queue),
  };
}

/** Anything else of the contract, renamed. */
export function onTheWire(value: object): WireObject {
  return renamed(value, toSnake) as WireObject;
}

function reasonOf({ stop, status, outcome }: JobView): string | null {
  if (status === 'failed' && stop?.intent === 'time-limit') return 'time-limit';
  return outcome === null ? null : reasonWord(outcome);
}
