import type { Database } from 'better-sqlite3';
import { QUEUE_MODES } from '../../../shared/contract.ts';
import type { QueueMode } from '../../../shared/contract.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import type { Settings } from '../../../shared/settings.ts';

/** Settings and the queue's mode, one row each. */
export type SettingsStore = ReturnType<typeof createSettingsStore>;

/** Prepares the statements on `db`. */
export function createSettingsStore(db: Database) {
  const read = db.prepare<[string], { readonly value: string }>('SELECT value FROM settings WHERE name = ?');
  const write = db.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );

  function valueOf(name: string): unknown {
    const row = read.get(name);
    if (row === undefined) return undefined;
    try {
      return JSON.parse(row.value);
    } catch {
      return undefined;
    }
  }

  return {
    /** The settings; a field that is damaged has its default, the others are kept. */
    get(): Settings {
      const stored = valueOf('settings');
      const whole = settingsSchema.safeParse(stored ?? {});
      if (whole.success) return whole.data;
      const fields: Record<string, unknown> = typeof stored === 'object' && stored !== null ? { ...stored } : {};
      for (const issue of whole.error.issues) delete fields[String(issue.path[0])];
      return settingsSchema.parse(fields);
    },
    setTx(settings: Settings): void {
      write.run('settings', JSON.stringify(settings));
    },
    /** Run, drain or pause; a new database runs. */
    mode(): QueueMode {
      const stored = valueOf('queue.mode');
      return QUEUE_MODES.find((mode) => mode === stored) ?? 'run';
    },
    setModeTx(mode: QueueMode): void {
      write.run('queue.mode', JSON.stringify(mode));
    },
  };
}
