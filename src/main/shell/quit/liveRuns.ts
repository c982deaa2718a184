import { LIVE_STATUSES } from '../../../shared/job.ts';
import type { JobView } from '../../../shared/job.ts';
import type { Ask } from '../../askCore.ts';

/** The jobs that have a live run now. */
export async function liveRuns(ask: Ask): Promise<readonly JobView[]> {
  return (await ask('jobs.list', { status: [...LIVE_STATUSES], limit: 1_000 })).jobs;
}
