import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUE_MODES } from '../shared/contract.ts';
import { LIVE_STATUSES } from '../shared/job.ts';
import type { Ask } from './askCore.ts';
import { liveRuns } from './liveRuns.ts';

/** How long one question for a job's end waits. */
const WAIT_MS = 600_000;
/** No request names more jobs than this. */
const CANCELLED_AT_ONCE = 1_000;

/**
 * Stops every live run and resolves when none is left; `force` sends SIGKILL. Queued jobs stay queued: nothing starts
 * meanwhile, and the queue's mode is written down for the next start.
 */
export async function cancelLiveRuns(dataFolder: string, ask: Ask, force: AbortSignal): Promise<void> {
  const { queue } = await ask('snapshot.get', {});
  if (queue.mode !== 'pause') {
    writeFileSync(modeFile(dataFolder), queue.mode, { mode: 0o600 });
    await ask('queue.setMode', { mode: 'pause' });
  }
  let live: readonly number[] = [];
  const forced = (): void => void cancelEach(ask, live, true).catch(() => {});
  force.addEventListener('abort', forced, { once: true });
  try {
    // One that somebody starts meanwhile is stopped as well.
    while ((live = (await liveRuns(ask)).map(({ id }) => id)).length > 0) {
      await cancelEach(ask, live, force.aborted);
      for (const jobId of live) await untilFinished(ask, jobId);
    }
  } finally {
    force.removeEventListener('abort', forced);
  }
}

async function cancelEach(ask: Ask, jobs: readonly number[], force: boolean): Promise<void> {
  for (let first = 0; first < jobs.length; first += CANCELLED_AT_ONCE)
    await ask('jobs.cancelMany', { jobs: jobs.slice(first, first + CANCELLED_AT_ONCE), force });
}

/** Lets the queue go on as it was before {@link cancelLiveRuns}, unless something else has paused it since. */
export async function takeUpMode(dataFolder: string, ask: Ask): Promise<void> {
  const path = modeFile(dataFolder);
  if (!existsSync(path)) return;
  const written = readFileSync(path, 'utf8');
  const mode = QUEUE_MODES.find((known) => known === written);
  rmSync(path);
  const { queue } = await ask('snapshot.get', {});
  if (mode !== undefined && queue.mode === 'pause' && queue.notice === null) await ask('queue.setMode', { mode });
}

async function untilFinished(ask: Ask, jobId: number): Promise<void> {
  for (;;) {
    const { status } = await ask('jobs.await', { jobId, waitMs: WAIT_MS });
    if (!(LIVE_STATUSES as readonly string[]).includes(status)) return;
  }
}

function modeFile(dataFolder: string): string {
  return join(dataFolder, 'mode-at-exit');
}
