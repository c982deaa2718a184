import { allProcesses, descendantsOf, isAlive, processesWithVariable } from './processTable.ts';
import type { ProcessName } from './processTable.ts';
import { RUN_TAG } from './runEnvironment.ts';
import { sendSignal } from './signal.ts';
import type { JournalEntry } from '../../domain/runnerRecords.ts';
import { rungAt } from '../../domain/stopLadder.ts';

/** What is swept: a run whose runner is gone, or has no better means than this. */
export interface SweepOrder {
  readonly run: string;
  readonly main: ProcessName | null;
  /** Processes that were seen while the runner lived. */
  readonly remembered: readonly ProcessName[];
  readonly signal: NodeJS.Signals;
  /** When SIGKILL follows; may move while it runs. */
  readonly deadlineAt: () => number;
  readonly now: () => number;
  /** Becomes true when somebody asks for SIGKILL at once. */
  readonly forced: () => boolean;
  /** Told at once of each signal that was sent. */
  readonly onEntry: (entry: JournalEntry) => void;
}

/** How often a sweep looks again. */
const LOOK_EVERY_MS = 50;
/** Looks without a live member before a sweep calls itself done: a process may be between two places in one look. */
const CLEAN_LOOKS = 2;

/**
 * Ends what a run left behind when its runner was killed, with the same ladder, and resolves when no member is found any more.
 * Weaker than the runner: a process that wiped its environment and left the tree before it was ever seen is not found.
 */
export async function sweep(order: SweepOrder): Promise<{ readonly membersGone: number; readonly killRounds: number }> {
  const requestedAt = order.now();
  let killRounds = 0;
  const seen = new Map<string, ProcessName>();
  const asked = new Set<string>();
  let mainExitedAt: number | null = null;
  let clean = 0;
  while (clean < CLEAN_LOOKS) {
    const members = membersOf(order, [...seen.values()]);
    for (const member of members) seen.set(keyOf(member), member);
    clean = members.length === 0 ? clean + 1 : 0;
    if (mainExitedAt === null && (order.main === null || !isAlive(order.main))) mainExitedAt = order.now();
    const { rung } = rungAt(
      { requestedAt, deadlineAt: order.deadlineAt(), forced: order.forced(), mainExitedAt },
      order.now(),
    );
    const targets =
      rung === 'kill'
        ? members
        : members.filter((member) => !asked.has(keyOf(member)) && (rung !== 'main' || isMain(order, member)));
    const signal = rung === 'kill' ? 'SIGKILL' : order.signal;
    const sent = targets.filter((target) => sendSignal(target, signal) === 'sent');
    for (const target of sent) {
      asked.add(keyOf(target));
      // A stopped process takes no signal but SIGKILL until it goes on.
      if (rung !== 'kill') sendSignal(target, 'SIGCONT');
    }
    if (rung === 'kill' && sent.length > 0) killRounds += 1;
    if (sent.length > 0)
      order.onEntry({
        at: order.now(),
        event: 'signal',
        signal,
        sent: sent.length,
        to: rung === 'kill' ? 'all' : rung,
      });
    if (clean === CLEAN_LOOKS) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return { membersGone: seen.size, killRounds };
}

function membersOf(order: SweepOrder, seen: readonly ProcessName[]): readonly ProcessName[] {
  const table = allProcesses();
  const known = [
    ...(order.main === null ? [] : [order.main]),
    ...order.remembered,
    ...seen,
    ...processesWithVariable(RUN_TAG, order.run),
  ];
  const found = new Map<string, ProcessName>();
  for (const { pid, start } of known) {
    if (!isAlive({ pid, start })) continue;
    for (const member of [{ pid, start }, ...descendantsOf(pid, table)]) {
      if (isAlive(member)) found.set(keyOf(member), { pid: member.pid, start: member.start });
    }
  }
  return [...found.values()];
}

function isMain(order: SweepOrder, member: ProcessName): boolean {
  return order.main !== null && keyOf(member) === keyOf(order.main);
}

function keyOf({ pid, start }: ProcessName): string {
  return `${pid}/${start}`;
}
