import type { Database } from 'better-sqlite3';
import { createDeletionStore } from './deletionStore.ts';
import { createEventStore } from './eventStore.ts';
import { createGitStore } from './gitStore.ts';
import { createHistoryStore } from './historyStore.ts';
import { createJobStore } from './jobStore.ts';
import { createSessionStore } from './sessionStore.ts';
import { createSettingsStore } from './settingsStore.ts';
import { createWithdrawalStore } from './withdrawalStore.ts';

/** Every store of the database, by what it keeps; reads nothing. */
export function createStores(db: Database) {
  return {
    jobs: createJobStore(db),
    events: createEventStore(db),
    history: createHistoryStore(db),
    settings: createSettingsStore(db),
    withdrawals: createWithdrawalStore(db),
    deletions: createDeletionStore(db),
    git: createGitStore(db),
    sessions: createSessionStore(db),
  };
}
