import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Job, JobId } from './job.ts';
import type { Refusal } from './transition.ts';

/** A wish about when a queued job has its turn. */
export interface PlaceChange {
  readonly held?: boolean | undefined;
  readonly priority?: number | undefined;
  /** To the head of its priority, or right before another queued job (whose priority it takes), or to the end. */
  readonly to?: 'first' | 'last' | { readonly before: JobId } | undefined;
}

/** Where a job stands in the queue. */
export interface PlaceInQueue {
  readonly held: boolean;
  readonly priority: number;
  readonly position: number;
}

/** A queued job among the others. */
export interface Standing {
  readonly id: JobId;
  readonly priority: number;
  readonly position: number;
}

/** Halving a gap again and again uses up the digits of a number: below this, positions are numbered anew. */
const SMALLEST_GAP = 1e-6;

/** Whether the queue's positions must be numbered anew before a job can be put right before `before`. */
export function isCrowded(job: Job, before: JobId, queue: readonly Standing[]): boolean {
  const others = queue.filter(({ id }) => id !== job.id);
  const at = others.findIndex(({ id }) => id === before);
  const [previous, next] = [others[at - 1], others[at]];
  if (previous === undefined || next === undefined || previous.priority !== next.priority) return false;
  return next.position - previous.position < SMALLEST_GAP;
}

/** The place that follows from a wish; `queue` is every queued job, best first. Only a queued job has a place to change. */
export function placeAfter(job: Job, change: PlaceChange, queue: readonly Standing[]): Result<PlaceInQueue, Refusal> {
  const { state } = job;
  if (state.status !== 'queued') return refused({ code: 'not-queued', status: state.status });
  const held = change.held ?? job.held;
  const priority = change.priority ?? job.priority;
  const others = queue.filter(({ id }) => id !== job.id);
  if (change.to === undefined) return ok({ held, priority, position: job.position });
  if (change.to === 'first' || change.to === 'last') {
    const peers = others.filter((other) => other.priority === priority).map(({ position }) => position);
    if (peers.length === 0) return ok({ held, priority, position: job.position });
    const position = change.to === 'first' ? Math.min(...peers) - 1 : Math.max(...peers) + 1;
    return ok({ held, priority, position });
  }
  const { before } = change.to;
  const at = others.findIndex(({ id }) => id === before);
  const next = others[at];
  if (next === undefined) return refused({ code: 'no-such-place', before });
  const previous = others[at - 1];
  const from = previous !== undefined && previous.priority === next.priority ? previous.position : next.position - 1;
  return ok({ held, priority: next.priority, position: (from + next.position) / 2 });
}
