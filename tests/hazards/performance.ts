/** What one performance of a hazard came to. */
export interface Performance {
  /** Processes that lived when the run was said to be over. */
  readonly survivors: number;
  /** Processes that were no members and were ended all the same. */
  readonly wrongKills: number;
  readonly checkpointsLost: number;
  /** The run was said to be over within the time for it. */
  readonly ended: boolean;
  /** From the cancel to the word that it is over, ms; null when it never came or was not asked for. */
  readonly goneMs: number | null;
  /** What else was not as it must be, in words. */
  readonly problems: readonly string[];
}
