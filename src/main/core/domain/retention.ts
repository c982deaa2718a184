import type { JobId, Ms, RunId } from './job.ts';

/** The folder of one run, as retention judges it. */
export interface KeptRun {
  readonly run: RunId;
  readonly jobId: JobId;
  /** Null while it is live, and for a folder that the database knows nothing of: neither is ever removed. */
  readonly endedAt: Ms | null;
  readonly bytes: number;
}

/** How long and how much is kept; null sets no limit. */
export interface RetentionRule {
  readonly days: number | null;
  readonly maxBytes: number | null;
}

/** What has just ended is what people look at: it stays, whatever the rule says. */
const NEWEST_KEPT_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The run folders that the rule has removed at `now`, the oldest first. */
export function planRetention(runs: readonly KeptRun[], rule: RetentionRule, now: Ms): readonly KeptRun[] {
  const endOf = (run: KeptRun): Ms => run.endedAt ?? Number.POSITIVE_INFINITY;
  const candidates = runs
    .filter((run) => endOf(run) <= now - NEWEST_KEPT_MS)
    .sort((a, b) => endOf(a) - endOf(b) || a.jobId - b.jobId);
  const oldest = rule.days === null ? Number.NEGATIVE_INFINITY : now - rule.days * DAY_MS;
  let left = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const going: KeptRun[] = [];
  for (const run of candidates) {
    const isTooOld = endOf(run) < oldest;
    const isTooMuch = rule.maxBytes !== null && left > rule.maxBytes;
    // From here on all are younger, and what is left is little enough.
    if (!isTooOld && !isTooMuch) break;
    going.push(run);
    left -= run.bytes;
  }
  return going;
}
