import type { QueueMode } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { News } from './news.ts';
import type { Transactions } from './transactions.ts';

/** What the queue's control stands on. */
export interface ControlParts {
  readonly settings: SettingsStore;
  readonly transactions: Transactions;
  readonly news: News;
  readonly schedule: () => void;
}

/** Run, drain or pause, and the settings that the queue goes by: in memory as they were last written. */
export class Control {
  readonly #parts: ControlParts;
  /** What the settings hold, read once: every change carries them. */
  #mode: QueueMode;
  #cpuSlots: number;
  #notice: string | null = null;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#mode = parts.settings.mode();
    this.#cpuSlots = parts.settings.get().cpuSlots;
  }

  /** Whether jobs start by themselves. */
  get mode(): QueueMode {
    return this.#mode;
  }

  /** How many jobs without a GPU may run at once. */
  get cpuSlots(): number {
    return this.#cpuSlots;
  }

  /** Why the queue was paused by itself; null when it was not, or has been told to run since. */
  get notice(): string | null {
    return this.#notice;
  }

  /** Run, drain or pause. Touches no run. */
  setMode(mode: QueueMode): void {
    const { settings, transactions, news, schedule } = this.#parts;
    if (mode === 'run') this.#notice = null;
    if (this.#mode === mode) return;
    transactions.run(() => {
      settings.setModeTx(mode);
      transactions.onCommit(() => {
        this.#mode = mode;
      });
      news.recordTx('queue.mode', null, null, { mode });
      transactions.afterwards(schedule);
    });
  }

  /** Pauses the queue, and says why until somebody lets it run again. */
  pauseBecause(notice: string): void {
    this.setMode('pause');
    this.#notice = notice;
  }

  /** Keeps changed settings. */
  setSettings(next: Settings): void {
    const { settings, transactions, news, schedule } = this.#parts;
    transactions.run(() => {
      settings.setTx(next);
      transactions.onCommit(() => {
        this.#cpuSlots = next.cpuSlots;
      });
      news.recordTx('settings.changed', null, null, {});
      transactions.afterwards(schedule);
    });
  }
}
