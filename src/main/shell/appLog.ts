import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** At this size the log is put aside and a new one begun; one old one is kept. */
const LARGEST_BYTES = 2 * 1024 * 1024;

/** The app's own log, `<data>/app.log`. Never holds environment values. A full disk silences it and stops nothing. */
export function appLog(dataFolder: string): (line: string) => void {
  const path = join(dataFolder, 'app.log');
  return (line) => {
    try {
      mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) renameSync(path, `${path}.1`);
      appendFileSync(path, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    } catch {
      // Nothing can be written: there is nowhere left to say so.
    }
  };
}
