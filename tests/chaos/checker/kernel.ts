import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Runs whose lock some living process still holds: the kernel's own list of who has members. */
export function heldRuns(trainer: string, ledger: string): ReadonlySet<string> {
  const lines = execFileSync(trainer, ['held', ledger], { encoding: 'utf8' }).split('\n');
  return new Set(lines.filter((line) => line !== '').map((name) => name.slice('run-'.length, -'.lock'.length)));
}

/** Whether exactly this process lives; a zombie with no other thread does not. */
export function lives(pid: number, start: string): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[19] === start && (fields[0] !== 'Z' || fields[17] !== '1');
  } catch {
    return false;
  }
}

/** Command lines of living processes that carry a run's tag and this ledger in their environment. */
export function taggedProcesses(ledger: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      if (!variables.includes(`CHAOS_LEDGER=${ledger}`) || !variables.some((name) => name.startsWith('TRAINYARD_RUN=')))
        return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`];
    } catch {
      return [];
    }
  });
}
