import { HISTORY_MS } from '../../state/gpuHistory.ts';
import type { GpuReading } from '../../state/gpuHistory.ts';

/** Size of the drawing, in its own units. */
export const SPARK = { width: 84, height: 20 } as const;
/** Room for half the line at the top and for the ground at the bottom. */
const TOP = 1;
const GROUND = SPARK.height - 0.5;

/** The path of a sparkline of utilisation over the last five minutes, or null for fewer than two readings. */
export function sparkPath(readings: readonly GpuReading[]): string | null {
  const last = readings.at(-1);
  if (last === undefined || readings.length < 2) return null;
  const points = readings.map(({ at, percent }) => {
    const x = SPARK.width - ((last.at - at) / HISTORY_MS) * SPARK.width;
    const y = GROUND - (Math.min(100, Math.max(0, percent)) / 100) * (GROUND - TOP);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}

/** The same path closed along the ground, for the tint below the line. */
export function sparkArea(path: string): string {
  const firstX = /^M([\d.]+)/.exec(path)?.[1] ?? '0';
  return `${path}L${SPARK.width} ${GROUND}L${firstX} ${GROUND}Z`;
}

/** What the sparkline says, in one sentence. */
export function sparkWords(readings: readonly GpuReading[]): string {
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined) return 'Utilisation: not known yet';
  const values = readings.map((reading) => reading.percent);
  return `Utilisation of the last 5 minutes: from ${first.percent} % to ${last.percent} %, lowest ${Math.min(...values)} %, highest ${Math.max(...values)} %`;
}
