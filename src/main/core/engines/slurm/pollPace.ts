import type { Ms } from '../../domain/job.ts';

/** What decides how soon Slurm is asked again. */
export interface PollFacts {
  /** Somebody looks at the jobs. */
  readonly watched: boolean;
  /** A run is being stopped or submitted. */
  readonly urgent: boolean;
  /** How long ago something of our runs changed. */
  readonly sinceChangeMs: number;
  /** How long the last question took. */
  readonly costMs: number;
}

const SOON_MS = 1_000;
const WATCHED_MS = 3_000;
const CALM_MS = 10_000;
/** After a change others follow: a job that was started may end at once. */
const LIVELY_MS = 10_000;
/** An answer that takes so long is on its way most of the time: connecting and starting programs, not Slurm. */
const FREE_MS = 500;
/** Beyond that Slurm spends at most this part of its time on answering us. */
const SHARE = 1 / 10;

/** How long to wait before Slurm is asked again: 1 to 10 s, longer only where its answers take more than 1.5 s. */
export function pollAfter({ watched, urgent, sinceChangeMs, costMs }: PollFacts): Ms {
  const wished = urgent || sinceChangeMs < LIVELY_MS ? SOON_MS : watched ? WATCHED_MS : CALM_MS;
  return Math.max(wished, (costMs - FREE_MS) / SHARE);
}

/** How long to wait before somebody is asked again who has not answered `failures` times in a row: 1, 2, 4, 8, then 10 s. */
export function retryAfter(failures: number): Ms {
  return Math.min(CALM_MS, SOON_MS * 2 ** Math.max(0, failures - 1));
}
