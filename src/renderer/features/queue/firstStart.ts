import type { WindowState } from '../../state/windowState.ts';

/** Whether there never was a job: the window then offers a sample in place of an empty table. */
export function isFirstStart(state: Pick<WindowState, 'connection' | 'openJobs' | 'finishedJobs' | 'queue'>): boolean {
  if (state.connection === 'loading') return false;
  const { completed, failed, cancelled } = state.queue.counts;
  return state.openJobs.size + state.finishedJobs.size + completed + failed + cancelled === 0;
}
