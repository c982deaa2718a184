import { performance } from 'node:perf_hooks';
import type { JournalEntry } from '../../domain/runnerRecords.ts';
import { rungAt } from '../../domain/stopLadder.ts';
import type { Rung } from '../../domain/stopLadder.ts';
import { HAS_PROC, isAlive } from '../../processes/processTable.ts';
import type { ProcessName } from '../../processes/processTable.ts';
import { sendSignal } from '../../processes/signal.ts';
import { keyOf, RunMembers } from './runMembers.ts';
import type { Member } from './runMembers.ts';
import { Killing, LISTED } from './sweepKilling.ts';
import { killTree } from './treeKiller.ts';

/** What is swept: a run whose runner is gone, or has no better means than this. */
export interface SweepOrder {
  readonly run: string;
  readonly main: ProcessName | null;
  /** Processes that were seen while the runner lived. */
  readonly remembered: readonly ProcessName[];
  /** Who has watched the run so far; by default nobody, and the sweep begins with `main` and `remembered`. */
  readonly members?: RunMembers;
  readonly signal: NodeJS.Signals;
  /** When SIGKILL follows; may move while it runs. */
  readonly deadlineAt: () => number;
  readonly now: () => number;
  /** Becomes true when somebody asks for SIGKILL at once. */
  readonly forced: () => boolean;
  /** Why SIGKILL follows at the deadline; by default because a stop ran out of time. */
  readonly deadlineReason?: () => 'deadline' | 'leftovers';
  /** A second killer, called in each round in which something lives, before SIGKILL goes to every member. */
  readonly onKill?: () => void;
  /** Told at once of each signal that was sent, and of what does not go. */
  readonly onEntry: (entry: JournalEntry) => void;
}

/** What a sweep came to. */
export interface Swept {
  readonly membersGone: number;
  readonly killRounds: number;
}

/** How often a sweep looks again while members may end by themselves, and while they are killed. */
const LOOK_EVERY_MS = { least: 50, most: 250 };
/** How soon an empty look is made sure of. */
const AGAIN_MS = 20;
const KILL_EVERY_MS = { quick: 2, slow: 20, stuck: 250 };
const QUICK_ROUNDS = 50;
/** Looks without a live member before a sweep calls itself done: a process may be between two places in one look. */
const CLEAN_LOOKS = 2;

/**
 * Ends a run by the ladder, one level at a time, and resolves when no member is found any more; it never gives up.
 * Weaker than the native runner: a process that wiped its environment and left the tree before it was ever seen is not found.
 */
export async function sweep(order: SweepOrder): Promise<Swept> {
  const members = order.members ?? new RunMembers(order.run, order.main, order.remembered);
  const asking = new Asking(order);
  const killing = new Killing(order.now, order.onEntry);
  const requestedAt = order.now();
  let mainExitedAt: number | null = null;
  for (let clean = 0; ;) {
    const began = performance.now();
    const living = members.look();
    clean = living.length === 0 ? clean + 1 : 0;
    if (clean === CLEAN_LOOKS) break;
    if (mainExitedAt === null && (order.main === null || !isAlive(order.main))) mainExitedAt = order.now();
    const ladder = { requestedAt, deadlineAt: order.deadlineAt(), forced: order.forced(), mainExitedAt };
    const { rung, nextAt } = rungAt(ladder, order.now());
    if (rung !== 'kill') {
      asking.ask(living, rung);
    } else {
      if (killing.rounds === 0 && living.length > 0) await beginKilling(order);
      if (living.length > 0) order.onKill?.();
      killing.round(living);
    }
    const cost = performance.now() - began;
    if (living.length === 0) await pause(AGAIN_MS);
    else await pause(rung === 'kill' ? killPause(killing, cost) : askPause(cost, nextAt, order.now()));
  }
  killing.finish();
  return { membersGone: members.seen, killRounds: killing.rounds };
}

/** Tells members of the stop, each one once. */
class Asking {
  readonly #order: SweepOrder;
  readonly #asked = new Set<string>();

  constructor(order: SweepOrder) {
    this.#order = order;
  }

  ask(living: readonly Member[], rung: Exclude<Rung, 'kill'>): void {
    const open = living.filter(({ key }) => !this.#asked.has(key));
    if (rung === 'rest') return this.#tell(open, 'rest');
    const main = this.#order.main === null ? null : keyOf(this.#order.main);
    this.#tell(
      open.filter(({ key }) => key === main),
      'main',
    );
    this.#tell(
      open.filter((member) => member.key !== main && this.#isNext(member, rung)),
      'orphans',
    );
  }

  /**
   * Only what has no living parent in the run is next: nobody loses its workers while it is saving. While main lives, only
   * orphans of what was told before: others were put in the background earlier, and main may need them to save.
   */
  #isNext({ hasParent, lastParent }: Member, rung: Rung): boolean {
    return !hasParent && (rung === 'orphans' || (lastParent !== null && this.#asked.has(lastParent)));
  }

  #tell(targets: readonly Member[], to: string): void {
    const { signal, now, onEntry } = this.#order;
    const pids: number[] = [];
    let refused = 0;
    for (const target of targets) {
      const result = sendSignal(target, signal);
      if (result === 'gone' || result === 'refused') continue;
      this.#asked.add(target.key);
      if (result === 'not-permitted') {
        refused += 1;
        continue;
      }
      pids.push(target.pid);
      // A stopped process takes no signal but SIGKILL until it goes on.
      sendSignal(target, 'SIGCONT');
    }
    if (pids.length === 0 && refused === 0) return;
    onEntry({ at: now(), event: 'signal', signal, to, sent: pids.length, refused, pids: pids.slice(0, LISTED) });
  }
}

async function beginKilling(order: SweepOrder): Promise<void> {
  const reason = order.forced() ? 'force' : (order.deadlineReason?.() ?? 'deadline');
  order.onEntry({ at: order.now(), event: 'killing', reason });
  // The tools of the system first: they know the tree better than two looks at ps(1) do.
  if (!HAS_PROC && order.main !== null && isAlive(order.main)) await killTree(order.main.pid);
}

/** A look reads the whole process table: on a machine with very many processes it may take a tenth of the time, no more. */
function askPause(cost: number, nextAt: number | null, now: number): number {
  const wanted = Math.min(LOOK_EVERY_MS.most, Math.max(LOOK_EVERY_MS.least, cost * 9));
  return nextAt === null ? wanted : Math.min(wanted, Math.max(0, nextAt - now));
}

function killPause(killing: Killing, cost: number): number {
  if (killing.isStuck) return KILL_EVERY_MS.stuck;
  return Math.max(killing.rounds < QUICK_ROUNDS ? KILL_EVERY_MS.quick : KILL_EVERY_MS.slow, cost);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
