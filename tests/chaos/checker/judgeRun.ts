import { readFileSync } from 'node:fs';
import type { LedgerLine } from './ledger.ts';
import type { RunRow } from './rows.ts';

/** What is known about a run beside its row. */
export interface RunEvidence {
  readonly ledger: readonly LedgerLine[];
  readonly folder: string;
  /** The chaos has killed its runner. */
  readonly runnerKilled: boolean;
  /** The program that the job names does not exist. */
  readonly programMissing: boolean;
}

interface ExitFile {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Compares what a finished run's row says with what its trainer and its runner wrote down. Answers what is wrong. */
export function judgeRun(row: RunRow, evidence: RunEvidence): readonly string[] {
  const wrong: string[] = [];
  const { outcome, stop, status } = row;
  if (outcome === null) return [`${row.id} is ${status} without an outcome`];
  const has = (what: LedgerLine['what']): LedgerLine | undefined => evidence.ledger.find((line) => line.what === what);
  const started = has('start');
  const exit = has('exit');
  const record = readExitFile(`${evidence.folder}/exit.json`);
  const killed = outcome.kind === 'signalled' && outcome.signal === 'SIGKILL' && stop !== null;
  const told = JSON.stringify({ status, outcome, stop, exit: exit?.more, crash: has('crash')?.more, record });

  switch (outcome.kind) {
    case 'exited':
      if (exit?.more !== String(outcome.code)) wrong.push(`exit code: the trainer says ${exit?.more}`);
      if (record?.code !== outcome.code) wrong.push('exit code: not that of exit.json');
      break;
    case 'signalled':
      if (record?.signal !== outcome.signal) wrong.push('signal: not that of exit.json');
      if (exit !== undefined && !killed) wrong.push('exit code: the trainer had one and a signal was recorded');
      if (has('crash') !== undefined && outcome.signal !== 'SIGSEGV' && !killed)
        wrong.push('signal: the trainer crashed by itself');
      if (stop === null && has('crash') === undefined) wrong.push('a signal that nobody asked for');
      break;
    case 'start-error':
      if (started !== undefined) wrong.push('a start error of a run that started');
      if (evidence.programMissing && outcome.stage === 'exec' && outcome.code !== 'ENOENT')
        wrong.push('wrong start error');
      break;
    case 'never-started':
      if (started !== undefined) wrong.push('it did start');
      if (stop === null) wrong.push('never started, and nobody stopped it');
      break;
    case 'lost':
      if (!evidence.runnerKilled) wrong.push('lost, and nobody had killed its runner');
      if (outcome.why === 'reboot') wrong.push('lost by a reboot that was none');
      if (record !== null) wrong.push('lost, and there is an exit record');
      break;
    default:
      wrong.push(`unknown outcome ${outcome.kind}`);
  }

  const good = outcome.kind === 'exited' && outcome.code === 0 && outcome.cause !== 'system-stop';
  const expected = stop?.intent === 'cancel' ? 'cancelled' : good && stop === null ? 'completed' : 'failed';
  if (status !== expected) wrong.push(`status ${status}, expected ${expected}`);
  if (outcome.cause === 'system-stop') wrong.push('a stop by the system that was none');
  if (status === 'cancelled' && row.receipt?.survivors !== 0) wrong.push('cancelled without a receipt of 0 survivors');
  return wrong.map((what) => `run ${row.id}: ${what} ${told}`);
}

function readExitFile(path: string): ExitFile | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ExitFile;
  } catch {
    return null;
  }
}
