import type { RouteInput } from '../../shared/contract.ts';
import type { JobView } from '../../shared/job.ts';

/** A wish about a queued job's place, as `jobs.place` takes it. */
export type PlaceChange = Omit<RouteInput<'jobs.place'>, 'jobId'>;

/** Limits of a priority, as the core has them. */
const PRIORITY_MAX = 1_000;

/**
 * What to ask for so that a job comes to stand at `index` among the others; null where it stands already. `order` is the
 * whole queue, the next job first. A job keeps its priority where either neighbour has the same; between two others it takes
 * that of the one behind it.
 */
export function placeAt(order: readonly JobView[], jobId: number, index: number): PlaceChange | null {
  const job = order.find(({ id }) => id === jobId);
  if (job === undefined) return null;
  const others = order.filter(({ id }) => id !== jobId);
  const at = Math.max(0, Math.min(others.length, index));
  if (order.findIndex(({ id }) => id === jobId) === at) return null;
  const next = others[at];
  const previous = others[at - 1];
  if (next?.priority !== job.priority && previous?.priority === job.priority) return { to: 'last' };
  if (next !== undefined) return { to: { before: next.id } };
  return { priority: previous?.priority ?? job.priority, to: 'last' };
}

/** The place of a job among the others after it was moved beside `neighbour`, up before it or down behind it; beside itself it stays. */
export function indexBeside(order: readonly JobView[], jobId: number, neighbour: number, step: 1 | -1): number {
  if (neighbour === jobId) return order.findIndex(({ id }) => id === jobId);
  const at = order.filter(({ id }) => id !== jobId).findIndex(({ id }) => id === neighbour);
  return step === -1 ? at : at + 1;
}

/** A priority one step up or down, within what the core takes. */
export function priorityBy(job: JobView, step: 1 | -1): number {
  return Math.max(-PRIORITY_MAX, Math.min(PRIORITY_MAX, job.priority + step));
}
