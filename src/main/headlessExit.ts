import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { QUEUE_MODES } from '../shared/contract.ts';
import { LIVE_STATUSES } from '../shared/job.ts';
import type { Ask } from './askCore.ts';

/** How long one question for a job's end waits. */
const WAIT_MS = 600_000;

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
  const live = (await ask('jobs.list', { status: [...LIVE_STATUSES], limit: 1_000 })).jobs.map(({ id }) => id);
  if (live.length === 0) return;
  const forced = (): void => void ask('jobs.cancelMany', { jobs: live, force: true }).catch(() => {});
  await ask('jobs.cancelMany', { jobs: live, force: force.aborted });
  force.addEventListener('abort', forced, { once: true });
  await Promise.all(live.map((jobId) => untilFinished(ask, jobId)));
  force.removeEventListener('abort', forced);
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
