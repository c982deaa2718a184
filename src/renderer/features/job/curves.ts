import { formatLoss } from '../../ui/format.ts';
import { metricsOfLine } from './metrics.ts';

/** What the numbers stand over: steps, epochs, or just their order. */
export type CurveAxis = 'step' | 'epoch' | 'reading';

/** One metric of a run, by rising x; null where it was no number. */
export interface Curve {
  readonly name: string;
  readonly axis: CurveAxis;
  readonly xs: number[];
  readonly ys: (number | null)[];
}

/** More points than this cannot be told apart on a screen; every second one is let go. */
export const POINTS_MAX = 4_000;
/** More metrics than this are not drawn. */
export const CURVES_MAX = 24;

/** Collects the metrics of a log, line by line. Holds points, never text. */
export class CurveSet {
  readonly #curves = new Map<string, Curve>();
  #lastStep: number | null = null;
  #lastEpoch: number | null = null;
  /** Steps of earlier epochs, where a run counts from 0 in each. */
  #before = 0;
  #largestTotal = 0;

  /** Takes one line in; answers whether it told a number. */
  add(line: string): boolean {
    const found = metricsOfLine(line);
    if (found === null) return false;
    const { totalSteps, epoch, values } = found;
    // A bar of fewer steps than another one is that of an evaluation: it does not say where the run is.
    const isMain = totalSteps === null || totalSteps >= this.#largestTotal;
    if (totalSteps !== null) this.#largestTotal = Math.max(this.#largestTotal, totalSteps);
    if (found.step !== null && isMain) this.#moveTo(found.step, epoch);
    if (epoch !== null) this.#lastEpoch = epoch;
    for (const [name, value] of values) this.#addPoint(name, value);
    return values.size > 0;
  }

  /** The curves, losses first, then as they appeared. */
  get curves(): readonly Curve[] {
    const all = [...this.#curves.values()];
    const isLoss = ({ name }: Curve) => /loss/i.test(name);
    return [...all.filter(isLoss), ...all.filter((curve) => !isLoss(curve))];
  }

  #moveTo(step: number, epoch: number | null): void {
    const isNextEpoch = epoch !== null && this.#lastEpoch !== null && epoch > this.#lastEpoch;
    if (this.#lastStep !== null && step < this.#lastStep && isNextEpoch) this.#before += this.#lastStep;
    this.#lastStep = step;
  }

  #addPoint(name: string, value: number): void {
    let curve = this.#curves.get(name);
    if (curve === undefined) {
      if (this.#curves.size >= CURVES_MAX) return;
      const axis = this.#lastStep !== null ? 'step' : this.#lastEpoch !== null ? 'epoch' : 'reading';
      curve = { name, axis, xs: [], ys: [] };
      this.#curves.set(name, curve);
    }
    const last = curve.xs.at(-1);
    const x =
      curve.axis === 'step'
        ? this.#before + (this.#lastStep ?? 0)
        : curve.axis === 'epoch'
          ? (this.#lastEpoch ?? 0)
          : (last ?? 0) + 1;
    put(curve, x, Number.isFinite(value) ? value : null);
    if (curve.xs.length > POINTS_MAX) thin(curve);
  }
}

function put({ xs, ys }: Curve, x: number, y: number | null): void {
  let at = xs.length;
  while (at > 0 && (xs[at - 1] ?? 0) > x) at -= 1;
  const isKnown = at > 0 && xs[at - 1] === x;
  if (isKnown) ys[at - 1] = y;
  else {
    xs.splice(at, 0, x);
    ys.splice(at, 0, y);
  }
}

function thin({ xs, ys }: Curve): void {
  const last = xs.length - 1;
  let kept = 0;
  for (let index = 0; index <= last; index += 1) {
    if (index % 2 === 1 && index !== last) continue;
    xs[kept] = xs[index] ?? 0;
    ys[kept] = ys[index] ?? null;
    kept += 1;
  }
  xs.length = kept;
  ys.length = kept;
}

/** What a curve shows, in one sentence. */
export function curveWords({ name, axis, xs, ys }: Curve): string {
  const numbers = ys.flatMap((y, index) => (y === null ? [] : [{ x: xs[index] ?? 0, y }]));
  const [first] = numbers;
  const last = numbers.at(-1);
  if (first === undefined || last === undefined) return `${name}: no number yet`;
  const values = numbers.map(({ y }) => y);
  // Not Math.min(...values): a curve may have more points than a call may have arguments.
  const lowest = values.reduce((a, b) => Math.min(a, b));
  const highest = values.reduce((a, b) => Math.max(a, b));
  return `${name}: from ${formatLoss(first.y)} at ${axis} ${grouped(first.x)} to ${formatLoss(last.y)} at ${axis} ${grouped(last.x)}, lowest ${formatLoss(lowest)}, highest ${formatLoss(highest)}`;
}

/** All curves as one table: a line for each point. */
export function curvesCsv(curves: readonly Curve[]): string {
  const lines = curves.flatMap(({ name, axis, xs, ys }) =>
    xs.map((x, index) => `"${name.replaceAll('"', '""')}",${axis},${x},${ys[index] ?? ''}`),
  );
  return ['metric,axis,x,value', ...lines, ''].join('\n');
}

/** A number on the axis: `11,160`. */
export function grouped(x: number): string {
  return x.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
