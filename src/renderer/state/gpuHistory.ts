import type { GpuSnapshot } from '../../shared/gpu.ts';

/** One reading of a GPU's utilisation. */
export interface GpuReading {
  readonly at: number;
  readonly percent: number;
}

/** Readings of each GPU by UUID, oldest first. */
export type GpuHistory = ReadonlyMap<string, readonly GpuReading[]>;

/** How far back the sparklines go. */
export const HISTORY_MS = 5 * 60_000;

/** Adds the readings of `snapshot` and forgets those older than {@link HISTORY_MS}. */
export function addReadings(history: GpuHistory, snapshot: GpuSnapshot): GpuHistory {
  const at = snapshot.sampledAt;
  if (at === null || snapshot.staleSince !== null) return history;
  const next = new Map<string, readonly GpuReading[]>();
  for (const gpu of snapshot.gpus) {
    const before = history.get(gpu.uuid) ?? [];
    const isNews = at > (before.at(-1)?.at ?? 0) && gpu.utilizationPercent !== null;
    const kept = before.filter((reading) => reading.at > at - HISTORY_MS);
    next.set(gpu.uuid, isNews ? [...kept, { at, percent: gpu.utilizationPercent ?? 0 }] : kept);
  }
  return next;
}
