import type { Job } from '../domain/job.ts';
import type { Refusal } from '../domain/transition.ts';

/** A refusal of the queue: no such job, or the state machine's own. */
export type QueueRefusal = Refusal | { readonly code: 'no-such-job' };

/** What became of a job when an event was applied. */
export interface Applied {
  readonly before: Job;
  readonly after: Job;
  readonly changed: boolean;
}
