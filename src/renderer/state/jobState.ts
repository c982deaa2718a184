import type { JobStatus, JobView } from '../../shared/job.ts';

/** What a row shows in its status cell: a status, or the stop that is going on in its place. */
export type RowState = JobStatus | 'cancelling' | 'stuck';

/** The words of the status cell. */
export const ROW_STATE_WORDS = {
  queued: 'Queued',
  pending: 'Pending',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  cancelling: 'Cancelling',
  stuck: 'Stuck',
} as const satisfies Readonly<Record<RowState, string>>;

/** Whether the job holds resources and has a live run. */
export function isLive(job: JobView): boolean {
  return job.status === 'pending' || job.status === 'running';
}

/** Whether only a requeue leaves the job's status. */
export function isOver(job: JobView): boolean {
  return !isLive(job) && job.status !== 'queued';
}

/** What the row of `job` shows. */
export function rowStateOf(job: JobView): RowState {
  if (!isLive(job) || job.stop === null) return job.status;
  return job.stop.stage === 'stuck' ? 'stuck' : 'cancelling';
}

/** Seconds until SIGKILL follows, or null when no countdown is going on. Never more than were given. */
export function secondsLeftOf(job: JobView, now: number): number | null {
  if (!isLive(job) || job.stop === null) return null;
  if (job.stop.stage !== 'asked' && job.stop.stage !== 'terminating') return null;
  return Math.max(0, Math.floor((job.stop.deadlineAt - now) / 1_000));
}
