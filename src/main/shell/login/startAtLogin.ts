import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import { autostartEntry, isEntryOf, isSwitchedOff } from './autostartEntry.ts';
import type { AutostartFacts } from './autostartEntry.ts';

/** Makes the system start the app at login, or not. Acts when the wish changes, and at the start of the app when it is on. */
export interface StartAtLogin {
  look(wanted: boolean): void;
}

/** Makes it. `facts` is how this very app is started. */
export function createStartAtLogin(facts: AutostartFacts, log: (line: string) => void): StartAtLogin {
  let last: boolean | null = null;
  return {
    look(wanted) {
      const before = last;
      last = wanted;
      // An app that was never asked changes nothing, and one that starts takes nothing away.
      if (wanted === before || (before === null && !wanted)) return;
      try {
        if (process.platform === 'linux') setEntry(facts, wanted, before === null);
        else app.setLoginItemSettings({ openAtLogin: wanted, args: ['--hidden'] });
      } catch (error) {
        log(`start at login: ${String(error)}`);
      }
    },
  };
}

/** Writes or removes the entry in the user's autostart folder (XDG Base Directory Specification). */
function setEntry(facts: AutostartFacts, wanted: boolean, atStart: boolean): void {
  const folder = join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'autostart');
  const path = join(folder, 'trainyard.desktop');
  const present = textOf(path);
  if (!wanted) {
    if (present !== null && isEntryOf(present, facts.dataFolder)) rmSync(path);
    return;
  }
  if (atStart && present !== null && (isSwitchedOff(present) || !isEntryOf(present, facts.dataFolder))) return;
  const text = autostartEntry(facts);
  if (text === present) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.draft`, text, { mode: 0o644 });
  renameSync(`${path}.draft`, path);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
