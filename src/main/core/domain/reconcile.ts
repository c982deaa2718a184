import type { LocalIdentity } from './job.ts';
import type { ExitRecord, IdentityRecord } from './runnerRecords.ts';

/** What was found out about a live row when the app started. Gathered by the shell, judged here. */
export interface Findings {
  /** This boot's id. */
  readonly bootId: string;
  /** The boot id noted when the run was claimed. */
  readonly claimedBootId: string;
  readonly exit: ExitRecord | null;
  /** Who the run is: its own record, or what the row knows when that is gone. */
  readonly identity: LocalIdentity | null;
  /** A process with the runner's pid and start time is there. */
  readonly runnerAlive: boolean;
  /** The runner has been spawned for certain: without it, “no record” means that nothing ever started. */
  readonly spawned: boolean;
}

/** What to do with a live row at start. */
export type Reconciliation =
  /** The run has ended and its record says how. */
  | { readonly kind: 'finish'; readonly exit: ExitRecord }
  /** It lives: follow it as if it had been started by this process. */
  | { readonly kind: 'adopt'; readonly identity: LocalIdentity }
  /** The runner may be on its way to write its identity. */
  | { readonly kind: 'wait-for-identity' }
  /** Nothing was started for it: start it now. */
  | { readonly kind: 'start-again' }
  /** The machine was restarted: nothing is signalled, pids mean nothing any more. */
  | { readonly kind: 'lost-by-reboot' }
  /** The runner is gone without a record: members may be left. */
  | { readonly kind: 'lost' };

/** Judges one live row. The exit record wins over everything: it is written last and only when nothing is left. */
export function reconcile(found: Findings): Reconciliation {
  if (found.exit !== null) return { kind: 'finish', exit: found.exit };
  if (found.claimedBootId !== found.bootId) return { kind: 'lost-by-reboot' };
  if (found.identity === null) return { kind: found.spawned ? 'wait-for-identity' : 'start-again' };
  if (found.identity.bootId !== found.bootId) return { kind: 'lost-by-reboot' };
  if (found.runnerAlive) return { kind: 'adopt', identity: found.identity };
  return { kind: 'lost' };
}

/** The domain's identity from the runner's record. */
export function identityOf(record: IdentityRecord): LocalIdentity {
  return {
    engine: 'local',
    runner: record.runner,
    bootId: record.boot_id,
    runnerPid: record.runner_pid,
    runnerStart: record.runner_start,
    mainPid: record.main_pid,
    mainStart: record.main_start,
  };
}
