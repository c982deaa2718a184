/** Signals a job may name as its stop signal, with their Linux numbers (signal(7), x86 and arm). */
export const STOP_SIGNALS = {
  SIGTERM: 15,
  SIGINT: 2,
  SIGHUP: 1,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
} as const;

/** A signal that asks a trainer to stop. SIGKILL is not one: it is what follows when the grace period is over. */
export type StopSignal = keyof typeof STOP_SIGNALS;

/** The names of {@link STOP_SIGNALS}, for schemas and menus. */
export const STOP_SIGNAL_NAMES = Object.keys(STOP_SIGNALS) as [StopSignal, ...StopSignal[]];
