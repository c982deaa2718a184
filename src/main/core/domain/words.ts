import type { Origin } from '../../../shared/job.ts';

/** A length of time for people: `340 ms`, `1.8 s`, `12 s`, `3 m 12 s`, `1 h 58 m`. */
export function wordsForDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** GPU memory for people: `512 MiB`, `21.4 GiB`. */
export function wordsForMiB(mib: number): string {
  return mib < 1_024 ? `${Math.round(mib)} MiB` : `${(mib / 1_024).toFixed(1)} GiB`;
}

/** Where a request came from, for people. */
export function wordsForOrigin(origin: Origin): string {
  const words: Record<Origin, string> = {
    window: 'in the window',
    tray: 'in the tray',
    notification: 'in a notification',
    cli: 'in a terminal',
    http: 'over HTTP',
    quit: 'when the app was quit',
    core: 'by the app',
  };
  return words[origin];
}

/** `1 process`, `3 processes`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
