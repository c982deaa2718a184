import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { createSettingsStore } from '../../core/db/settingsStore.ts';
import type { Settings } from '../../../shared/settings.ts';

/** The settings of a data folder; null without a database, or where it cannot be read (the database's own check says that). */
export function savedSettings(dataFolder: string): Settings | null {
  const path = join(dataFolder, 'queue.sqlite');
  if (!existsSync(path)) return null;
  try {
    const db = new BetterSqlite3(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
    try {
      return createSettingsStore(db).get();
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
