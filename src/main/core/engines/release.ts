import type { ReceiptMemory } from '../../../shared/job.ts';
import type { GpuUuid, RunId } from '../domain/job.ts';

/** A process that cannot be mistaken for another one of this boot. */
export interface Member {
  readonly pid: number;
  readonly start: string;
}

/** GPU memory around a stop, and what was observed of it. */
export interface Release {
  readonly memory: readonly ReceiptMemory[];
  readonly observations: readonly string[];
}

/** Nothing was held: no process was made, or none had a GPU. */
export const NOTHING_HELD: Release = { memory: [], observations: [] };

/** Looks after GPU memory around a run's end. */
export interface ReleaseCheck {
  /** Notes what is in use before a stop. */
  readonly before: (run: RunId, gpus: readonly GpuUuid[]) => void;
  /** Resolves when none of these processes holds memory on these GPUs, or these are quarantined; with the figures around the stop. */
  readonly released: (run: RunId, gpus: readonly GpuUuid[], members: readonly Member[]) => Promise<Release>;
}
