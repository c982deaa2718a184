import type { JobView } from '../../../shared/job.ts';

/** What a taskbar can show of the runs, where the platform has one that does. */
export interface Taskbar {
  /** 0…1 over all live runs that tell their progress; -1 takes the bar away. */
  readonly progress: number;
  /** How many runs are live; 0 takes the badge away. */
  readonly badge: number;
}

/** What the taskbar shows for these runs: their progress together, and how many they are. */
export function taskbarOf(live: readonly JobView[]): Taskbar {
  const fractions = live.flatMap(({ progress }) => progress?.fraction ?? []);
  const sum = fractions.reduce((total, fraction) => total + Math.min(1, Math.max(0, fraction)), 0);
  return { progress: fractions.length === 0 ? -1 : sum / fractions.length, badge: live.length };
}
