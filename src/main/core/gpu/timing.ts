/** How closely somebody looks, least first: nobody, only running or waiting jobs, a visible window. */
export const PACES = ['idle', 'busy', 'watched'] as const;
export type Pace = (typeof PACES)[number];

/** The monitor's times, milliseconds. */
export interface MonitorTiming {
  /** Period of the GPU figures. */
  readonly sampleMs: Readonly<Record<Pace, number>>;
  /** Least time between two looks at the process list; each one starts a process. */
  readonly processesMs: Readonly<Record<Pace, number>>;
  /** How long past its due time a sample may be before the loop counts as hung. */
  readonly silenceMs: number;
  /** How long the loop's first sample may take: without persistence mode the driver is started first. */
  readonly firstSampleMs: number;
  /** How long a one-shot query may take. */
  readonly answerMs: number;
  /** How often to look again when there is no nvidia-smi or no GPU, or when one of several GPUs does not answer. */
  readonly recheckMs: number;
  /** Waits before restarts, one after another; the last one repeats. */
  readonly backOffMs: readonly number[];
  /** A loop that lived this long was healthy: the next restart starts over with the first wait. */
  readonly healthyMs: number;
  /** How long a killed process may take to be reaped before its driver counts as hung. */
  readonly reapMs: number;
}

/** The times for a base period of `intervalMs`, 1000 by default. */
export function monitorTiming(intervalMs: number, changes: Partial<MonitorTiming>): MonitorTiming {
  return {
    sampleMs: { watched: intervalMs, busy: 5 * intervalMs, idle: 30 * intervalMs },
    processesMs: { watched: 2 * intervalMs, busy: 5 * intervalMs, idle: 30 * intervalMs },
    silenceMs: 4000,
    firstSampleMs: 10_000,
    answerMs: 8000,
    recheckMs: 60_000,
    backOffMs: [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000],
    healthyMs: 10_000,
    reapMs: 2000,
    ...changes,
  };
}
