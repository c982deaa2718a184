import { lastCallAt } from '../../domain/stopLadder.ts';
import type { Ms } from '../../domain/job.ts';
import type { CancelRequest } from './slurmCommands.ts';
import type { SlurmPhase } from './slurmState.ts';

/** A stop of a run on Slurm, and what has been sent for it so far. */
export interface SlurmStop {
  readonly requestedAt: Ms;
  deadlineAt: Ms;
  forced: boolean;
  /** When Slurm has taken each request last. */
  readonly sent: Partial<Record<CancelRequest['how'], Ms>>;
}

/** Asking Slurm again to end a job changes nothing, and heals a request that was lost between two parts of Slurm. */
const ASK_AGAIN_MS = 15_000;

/** What is known of the job that is to be stopped. */
export interface StopTarget {
  readonly phase: SlurmPhase;
  /** Some of it waits: the job itself, or tasks of an array. */
  readonly hasWaiting: boolean;
  /** Some of it has processes that a signal can reach; a job whose nodes are being prepared has none. */
  readonly hasMain: boolean;
}

/**
 * The requests that are due now, in order. What waits is cancelled at once. What runs gets the stop signal to main alone,
 * shortly before the deadline to all its processes, and at the deadline Slurm's own end.
 */
export function requestsDue(stop: SlurmStop, target: StopTarget, now: Ms): readonly CancelRequest['how'][] {
  if (target.phase === 'ended' || target.phase === 'completing') return [];
  const isDue = (how: CancelRequest['how']): boolean => {
    const last = stop.sent[how];
    return last === undefined || now - last >= ASK_AGAIN_MS;
  };
  const due: CancelRequest['how'][] = [];
  if (target.hasWaiting && isDue('waiting')) due.push('waiting');
  if (target.phase === 'waiting') return due;
  if (stop.forced || now >= stop.deadlineAt || !target.hasMain) {
    if (isDue('end')) due.push('end');
  } else if (stop.sent.signal === undefined) {
    due.push('signal');
  } else if (now >= lastCallAt(stop) && stop.sent['signal-all'] === undefined) {
    due.push('signal-all');
  }
  return due;
}

/** When the next request is due by itself; null when only Slurm's answer is waited for. */
export function nextRequestAt(stop: SlurmStop, now: Ms): Ms | null {
  const times = [stop.sent['signal-all'] === undefined ? lastCallAt(stop) : Infinity, stop.deadlineAt];
  const next = Math.min(...times.filter((at) => at > now));
  return Number.isFinite(next) ? next : null;
}
