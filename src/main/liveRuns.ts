import { LIVE_STATUSES } from '../shared/job.ts';
import type { JobView } from '../shared/job.ts';
import type { Ask } from './askCore.ts';

/** All jobs that have a live run now, however many. */
export async function liveRuns(ask: Ask): Promise<readonly JobView[]> {
  const live: JobView[] = [];
  for (let cursor: number | null | undefined; cursor !== null;) {
    const page = await ask('jobs.list', {
      status: [...LIVE_STATUSES],
      limit: 1_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    live.push(...page.jobs);
    cursor = page.nextCursor;
  }
  return live;
}

/** Those that run on this machine: its sleep, or an update of the app, does nothing to those on a cluster. */
export function runsHere(live: readonly JobView[]): readonly JobView[] {
  return live.filter(({ target }) => target.kind === 'local');
}
