import { median } from '../hazards/statistics.ts';

export { median };

/** The value below which `share` of the values lie (0 to 1), by nearest rank; of nothing, NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** How much slower or larger one is than the other: the ratio of the medians. */
export function ratio(ours: readonly number[], other: readonly number[]): number {
  return median(ours) / median(other);
}

/** Three digits that count, as people read them. */
export function rounded(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 6)));
}

/**
 * Takes each kind of sample in turn, again and again, so that what slows the machine down for a while slows all of them
 * down. The first round warms up and is not kept.
 */
export async function interleaved<K extends string>(
  times: number,
  takers: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(takers) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, number[]>;
  for (let time = 0; time <= times; time += 1) {
    for (const name of names) {
      const value = await takers[name]();
      if (time > 0) samples[name].push(value);
    }
  }
  return samples;
}
