import type { JobView } from '../../shared/job.ts';
import { isLive } from './jobState.ts';

/** How many colours there are for jobs: the tokens --c-job-1 to --c-job-8. */
export const JOB_COLOURS = 8;

/**
 * Gives a colour to every live GPU job that has none, in turn, and never one that another live job has while one is unused;
 * a ninth job reuses the colour of the oldest. A job keeps its colour to the end and after. Returns the same map when
 * nothing was given.
 */
export function giveColours(known: ReadonlyMap<number, number>, jobs: Iterable<JobView>): ReadonlyMap<number, number> {
  const live = [...jobs].filter((job) => isLive(job) && job.gpus > 0).sort((a, b) => a.id - b.id);
  const bare = live.filter((job) => !known.has(job.id));
  if (bare.length === 0) return known;
  const next = new Map(known);
  const inUse = live.map((job) => next.get(job.id)).filter((colour) => colour !== undefined);
  for (const job of bare) {
    const colour = pickColour(inUse, Math.max(0, ...next.keys()), next);
    next.set(job.id, colour);
    inUse.push(colour);
  }
  return next;
}

function pickColour(inUse: readonly number[], latestId: number, known: ReadonlyMap<number, number>): number {
  const latest = known.get(latestId) ?? 0;
  for (let step = 0; step < JOB_COLOURS; step += 1) {
    const colour = ((latest + step) % JOB_COLOURS) + 1;
    if (!inUse.includes(colour)) return colour;
  }
  // All are taken: the oldest live job shares its colour, counting those that already share.
  return inUse[inUse.length % JOB_COLOURS] ?? 1;
}

/** The value of a job's colour for CSS, or null when it never had one. */
export function colourValue(colours: ReadonlyMap<number, number>, jobId: number): string | null {
  const colour = colours.get(jobId);
  return colour === undefined ? null : `var(--c-job-${colour})`;
}
