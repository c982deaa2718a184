import type { AfterRestart } from '../../../shared/desktopSettings.ts';

/** Why a queue starts paused because somebody wants it so, or null. */
export function afterRestartNotice(wish: AfterRestart): string | null {
  return wish === 'pause'
    ? 'The queue is paused after this start, as the settings say. Runs go on. Press Run to let jobs start.'
    : null;
}
