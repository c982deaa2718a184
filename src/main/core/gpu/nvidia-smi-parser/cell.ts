/** Receives one sentence for every cell that is neither a value nor one of the driver's words for "unknown". */
export type Warn = (sentence: string) => void;

/** What a number may be: the units nvidia-smi prints, as factors of ours, and the range beyond which it is an error code. */
interface Quantity {
  readonly units: Readonly<Record<string, number>>;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

/** The kinds of numbers in nvidia-smi's output. Upper bounds catch all-ones error values such as 17592186044415 MiB. */
export const QUANTITIES = {
  // Drivers before 340 print MB and mean MiB.
  memoryMiB: { units: { mib: 1, mb: 1, kib: 1 / 1024, gib: 1024 }, min: 0, max: 100_000_000, whole: false },
  percent: { units: { '%': 1 }, min: 0, max: 100, whole: false },
  celsius: { units: { c: 1 }, min: -100, max: 300, whole: false },
  watts: { units: { w: 1, mw: 1 / 1000 }, min: 0, max: 100_000, whole: false },
  count: { units: {}, min: 0, max: 1_000_000, whole: true },
  /** Linux allows pids up to 2^22, Windows up to 2^32. */
  pid: { units: {}, min: 1, max: 4_294_967_295, whole: true },
} as const satisfies Record<string, Quantity>;
export type QuantityName = keyof typeof QUANTITIES;

const UNKNOWN_WORDS = new Set([
  '',
  '-',
  'n/a',
  'not supported',
  'not available',
  'not found',
  'none',
  'unknown',
  'unknown error',
  'insufficient permissions',
  'no permission',
  'function not found',
  'gpu is lost',
  'gpu requires reset',
  'requested functionality has been deprecated',
  'err!',
  'error',
]);

/** Whether a cell is one of the driver's ways to say that it has no value: `[N/A]`, `ERR!`, `[Unknown Error]`, any `[…]`. */
export function saysUnknown(cell: string): boolean {
  const text = cell.trim();
  return /^\[.*\]$/.test(text) || /^deprecated\b/i.test(text) || UNKNOWN_WORDS.has(text.toLowerCase());
}

/** Whether the driver says that the GPU simply has no such figure, as opposed to being broken or forbidden. */
export function saysNotApplicable(cell: string): boolean {
  return /^\[?(n\/a|not supported|not available)\]?$/i.test(cell.trim());
}

/** The cell's text, or null where the driver says unknown. */
export function readText(cell: string | undefined): string | null {
  return cell === undefined || saysUnknown(cell) ? null : cell.trim();
}

/**
 * The cell's number in the quantity's unit, or null. A number without a unit is read in `unitless`, the unit the header names;
 * with `unitless` null it is refused, because a cut-off number cannot be told from a whole one.
 */
export function readNumber(
  cell: string | undefined,
  quantity: QuantityName,
  options: { readonly column: string; readonly unitless: string | null; readonly warn: Warn },
): number | null {
  if (cell === undefined || saysUnknown(cell)) return null;
  const { units, min, max, whole }: Quantity = QUANTITIES[quantity];
  const match = /^([+-]?\d{1,18}(?:\.\d{1,9})?)\s*([a-z%]*)$/i.exec(cell.trim());
  const unit = (match?.[2] || options.unitless)?.toLowerCase();
  const factor = Object.keys(units).length === 0 ? (match?.[2] === '' ? 1 : undefined) : units[unit ?? ''];
  const value = match?.[1] === undefined || factor === undefined ? Number.NaN : Number(match[1]) * factor;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  options.warn(`${options.column}: cannot read ${quoted(cell)}`);
  return null;
}

/** A text shortened for a message, control characters made visible. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
