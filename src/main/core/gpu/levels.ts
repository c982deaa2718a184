/** How far used memory may stay above its level from before a run and still count as back, MiB. */
const LEAST_TOLERANCE_MIB = 256;
const TOLERANCE_SHARE = 0.02;

/**
 * How much more than before may be in use when a run's memory counts as back and the driver names no processes.
 * 256 MiB: a desktop moves by so much by itself, and the driver keeps some for every GPU that has been used once. 2 % of large
 * cards, because what the driver keeps for page tables and ECC grows with them; a training that leaks less than that harms nobody.
 */
export function toleranceMiB(memoryTotalMiB: number | null): number {
  return Math.max(LEAST_TOLERANCE_MIB, (memoryTotalMiB ?? 0) * TOLERANCE_SHARE);
}

/** What was known of a GPU when a run was about to start on it. */
export interface Level {
  /** Memory in use that no listed process of somebody else explains, MiB; null where the driver does not tell. */
  readonly unexplainedMiB: number | null;
  /** Pids that were listed on it. */
  readonly pids: readonly number[];
}
