import type { JobSpec, Ms } from './job.ts';

/** The time limit that the queue itself keeps; null where there is none, or where another scheduler keeps it. */
export function ownTimeLimitMs({ timeLimitMs, target }: Pick<JobSpec, 'timeLimitMs' | 'target'>): Ms | null {
  return target.kind === 'local' ? timeLimitMs : null;
}
