import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line that a trainer wrote about itself; see trainer.c. */
export interface LedgerLine {
  readonly what: 'start' | 'member' | 'saved' | 'crash' | 'exit' | 'conflict';
  readonly job: number;
  readonly run: string;
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat. */
  readonly start: string;
  readonly more: string;
}

/** What the trainers say they did, by run. */
export function readLedger(folder: string): ReadonlyMap<string, readonly LedgerLine[]> {
  const path = join(folder, 'ledger');
  const byRun = new Map<string, LedgerLine[]>();
  if (!existsSync(path)) return byRun;
  const text = readFileSync(path, 'utf8');
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const [what, job, run = '', pid, start = '', , ...more] = line.split(' ');
    const entry = {
      what: what as LedgerLine['what'],
      job: Number(job),
      run,
      pid: Number(pid),
      start,
      more: more.join(' '),
    };
    const known = byRun.get(run);
    if (known === undefined) byRun.set(run, [entry]);
    else known.push(entry);
  }
  return byRun;
}
