const SECOND_MS = 1_000;

/** A length of time for people, `2 s`, `11 m 40 s`, `1 h 58 m`; a dash for none. Whole seconds: it is redrawn once a second. */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '—';
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A remaining time, coarse because it is a guess: `22 m`, `1 h 12 m`, below a minute `40 s`. */
export function formatTimeLeft(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '—';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} m`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}

/** The time between two steps of a stop: `+3 ms`, `+1.21 s`, `+12 s`. */
export function formatGap(ms: number): string {
  if (ms < SECOND_MS) return `+${Math.max(0, Math.round(ms))} ms`;
  return ms < 10 * SECOND_MS ? `+${(ms / SECOND_MS).toFixed(2)} s` : `+${Math.round(ms / SECOND_MS)} s`;
}

/** The time since a stop was asked for, to the millisecond: `+1.213 s`. */
export function formatOffset(ms: number): string {
  return `+${(Math.max(0, ms) / SECOND_MS).toFixed(3)} s`;
}

/** GPU memory in GiB without its unit: `28.8`, `48`, `0.3`. */
export function formatGiB(mib: number): string {
  const gib = mib / 1_024;
  return Math.abs(gib - Math.round(gib)) < 0.05 ? String(Math.round(gib)) : gib.toFixed(1);
}

/** A file's size for people: `512 B`, `1.4 MiB`, `5.0 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** A loss as the table shows it: four significant places, a dash for none. */
export function formatLoss(loss: number | null): string {
  if (loss === null) return '—';
  if (!Number.isFinite(loss)) return String(loss);
  const size = Math.abs(loss);
  if (size !== 0 && (size < 0.001 || size >= 10_000)) return loss.toExponential(2);
  return loss.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

/** A share between 0 and 1 as whole percent, never 100 before it is done. */
export function formatPercent(fraction: number): string {
  return `${Math.min(100, Math.max(0, Math.floor(fraction * 100 + 1e-9)))} %`;
}

/** A moment of today as `14:26`, of another day with its date. */
export function formatMoment(at: number, now: number): string {
  const date = new Date(at);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return `today ${time}`;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** The time of day to the second, or to the millisecond. */
export function formatTimeOfDay(at: number, milliseconds = false): string {
  const date = new Date(at);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return milliseconds ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** A count with its thousands set apart: `100,000`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 job`, `12 jobs`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
