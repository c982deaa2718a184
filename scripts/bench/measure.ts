/** What a figure is counted in. */
export type Unit = 'ms' | 'x' | '%' | 'MB/s' | 'MiB' | 'KiB' | '/s';

/** One line of the table. */
export interface Figure {
  readonly what: string;
  /** Null where it could not be taken: `note` says why. */
  readonly value: number | null;
  readonly unit: Unit;
  /** What it must reach; null for a figure that is only told. */
  readonly bound: { readonly is: 'at most' | 'at least'; readonly value: number } | null;
  /** What it is compared with, in words with figures: floors and peers of the same run. */
  readonly beside: string;
  /** Why it is as it is, where that needs saying. */
  readonly note?: string;
}

/** What a measure found. */
export interface Findings {
  readonly figures: readonly Figure[];
  /** Every single value, by name, as it was taken. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

/** How a run of the benchmarks goes. */
export interface Context {
  /** A first look: few samples, small sizes; nothing that is worth keeping. */
  readonly quick: boolean;
  /** So many samples, or a few in a quick run. */
  readonly times: (full: number) => number;
  /** An empty folder on a real disk, gone after the measure. */
  readonly folder: string;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

/** One measure: a file in `measures/`. */
export interface Measure {
  readonly name: string;
  /** As the table has it. */
  readonly title: string;
  readonly run: (context: Context) => Promise<Findings>;
}

/** Whether a figure is what it must be: null for one that is only told, false for one that could not be taken. */
export function holds({ value, bound }: Figure): boolean | null {
  if (bound === null) return null;
  if (value === null) return false;
  return bound.is === 'at most' ? value <= bound.value : value >= bound.value;
}
