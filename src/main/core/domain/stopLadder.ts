import type { Ms } from './job.ts';

/** Who is signalled next. `main`: main alone; `orphans`: also children left behind; `rest`: everyone once; `kill`: SIGKILL to everyone. */
export type Rung = 'main' | 'orphans' | 'rest' | 'kill';

/** What decides the rung: all times on one clock. */
export interface Ladder {
  readonly requestedAt: Ms;
  readonly deadlineAt: Ms;
  readonly forced: boolean;
  /** When main was gone, or null while it lives. */
  readonly mainExitedAt: Ms | null;
}

/** How long before the deadline the stop signal goes to every member that is left. */
const LAST_CALL_MS = 2_000;

/** When the stop signal goes to the rest: 2 s before the deadline, or a quarter of the grace when that is less. */
export function lastCallAt(ladder: Pick<Ladder, 'requestedAt' | 'deadlineAt'>): Ms {
  const grace = Math.max(0, ladder.deadlineAt - ladder.requestedAt);
  return ladder.deadlineAt - Math.min(LAST_CALL_MS, grace / 4);
}

/**
 * The rung a stop is on at `now`, and when that changes by itself (null: never).
 * One level at a time: signalling the whole tree at once loses checkpoints, since PyTorch's DataLoader makes main crash
 * when its workers die first.
 */
export function rungAt(ladder: Ladder, now: Ms): { readonly rung: Rung; readonly nextAt: Ms | null } {
  if (ladder.forced || now >= ladder.deadlineAt) return { rung: 'kill', nextAt: null };
  const lastCall = lastCallAt(ladder);
  if (now >= lastCall) return { rung: 'rest', nextAt: ladder.deadlineAt };
  return { rung: ladder.mainExitedAt === null ? 'main' : 'orphans', nextAt: lastCall };
}
