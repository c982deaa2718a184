import { app } from 'electron';
import { askCore } from '../../askCore.ts';
import type { Core } from '../../core/createCore.ts';
import type { Desktop } from '../desktop.ts';
import type { Notifications } from '../notifications/startNotifications.ts';
import { liveRuns, runsHere } from '../../liveRuns.ts';
import { installAnswer, startUpdates } from './update.ts';
import type { Updates } from './update.ts';

/** What looking for newer releases is made from. */
export interface ReleaseParts {
  readonly core: Core;
  readonly desktop: Pick<Desktop, 'notice' | 'addJoiner'>;
  readonly notifications: Pick<Notifications, 'updateReady'>;
  readonly log: (line: string) => void;
}

/** Looks for newer releases where this copy may, and tells of one that is ready. The function gives what looks, once it is there. */
export function watchReleases({ core, desktop, notifications, log }: ReleaseParts): () => Updates | null {
  const ask = askCore(core, 'window');
  let updates: Updates | null = null;
  async function install(): Promise<void> {
    const answer = installAnswer(await updates?.install());
    if (!answer.ok) desktop.notice(answer.error.message);
  }
  const parts = {
    hasLiveRuns: async () => runsHere(await liveRuns(ask)).length > 0,
    updateReady: (version: string) => notifications.updateReady(version, () => void install()),
    log,
  };
  void startUpdates(parts, { isPackaged: app.isPackaged, resources: process.resourcesPath }).then((started) => {
    updates = started;
  });
  desktop.addJoiner({ name: 'updates', stage: 'doors', deadlineMs: 500, join: () => updates?.close() });
  return () => updates;
}
