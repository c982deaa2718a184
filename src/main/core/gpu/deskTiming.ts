/** Times around the end of a run, milliseconds. */
export interface DeskTiming {
  /** Period of the GPU figures while somebody looks. */
  readonly intervalMs: number;
  /** How long a run's memory may take to come back before its GPU is quarantined. */
  readonly releaseBoundMs: number;
  /** The first wait between two questions to the driver; each one doubles it, up to `askSlowestMs`. */
  readonly askEveryMs: number;
  readonly askSlowestMs: number;
  /** How long to wait for used memory when the processes are off the list already. */
  readonly settleMs: number;
  /** How often a quarantined GPU is looked at. */
  readonly quarantineEveryMs: number;
  /** Figures older than this do not show that a GPU is free. */
  readonly freshMs: number;
}

/** The usual times. */
export const DESK_TIMING: DeskTiming = {
  intervalMs: 1_000,
  releaseBoundMs: 60_000,
  askEveryMs: 250,
  askSlowestMs: 2_000,
  settleMs: 3_000,
  quarantineEveryMs: 5_000,
  freshMs: 15_000,
};
