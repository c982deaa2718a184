import type { Database } from 'better-sqlite3';
import type { Change, NewSentence } from '../../../shared/contract.ts';
import type { Progress } from '../../../shared/job.ts';
import type { DeletionStore } from '../db/deletionStore.ts';
import type { EventStore } from '../db/eventStore.ts';
import type { GitStore } from '../db/gitStore.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { WithdrawalStore } from '../db/withdrawalStore.ts';
import type { JobId, Ms, RunId } from '../domain/job.ts';
import type { Track } from '../domain/schedule.ts';
import type { Engine, EngineReport } from '../engines/engine.ts';

/** What the queue is made of. Nothing is looked up: everything comes in here. */
export interface JobQueueParts {
  readonly db: Database;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly settings: SettingsStore;
  readonly withdrawals: WithdrawalStore;
  readonly deletions: DeletionStore;
  readonly git: GitStore;
  readonly engine: (report: (report: EngineReport) => void) => Engine;
  /** The GPUs that exist now; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
  /** Why nothing can be started elsewhere than on this machine, in words; null when it can. */
  readonly elsewhereClosed: () => string | null;
  readonly now: () => Ms;
  readonly newRunId: (job: JobId, attempt: number) => RunId;
  readonly bootId: string;
  /** Why the queue should start paused, or null. */
  readonly pauseNotice: string | null;
  readonly progressOf: (job: JobId) => Progress | null;
  /** Where something goes that is a bug or a failing disk. */
  readonly onBug: (error: unknown) => void;
  readonly onChange: (change: Change) => void;
  readonly onBlockers: (blockers: readonly NewSentence[]) => void;
}
