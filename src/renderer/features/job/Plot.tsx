import { useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatLoss } from '../../ui/format.ts';
import { curveWords, grouped } from './curves.ts';
import { axisLook, colourOf, shortNumber } from './plotLook.ts';
import type { Curve } from './curves.ts';
import styles from './Curves.module.css';

interface PlotProps {
  readonly curve: Curve;
  /** Changes with the curve's points. */
  readonly version: number;
  /** The job's colour, as CSS writes it. */
  readonly colour: string | null;
}

/** One metric over the steps of the run, drawn on a 2D canvas. What is drawn has the theme's colours in it: another theme, another plot. */
export function Plot({ curve, version, colour }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const { xs, ys, axis, name } = curve;

  // Before the effect that gives it its data.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsFor(element, colour, setAt), [[], []], element);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [colour]);
  useLayoutEffect(() => {
    // Copies: uPlot keeps what it is given, and the curve goes on growing.
    plot.current?.setData([[...xs], [...ys]]);
    // The arrays grow in place: the version says when; a plot of another colour is a new one.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [xs, ys, version, colour]);

  const shown = at === null ? xs.length - 1 : Math.min(at, xs.length - 1);
  return (
    <figure className={styles.plot}>
      <figcaption className={styles.caption}>
        <h3 className="bold cut" title={name}>
          {name}
        </h3>
        <span className="push nowrap">
          <span className="faint">
            {axis} {grouped(xs[shown] ?? 0)}
          </span>{' '}
          <b className="bold">{formatLoss(ys[shown] ?? null)}</b>
        </span>
      </figcaption>
      <div ref={box} className={styles.canvas} role="img" aria-label={curveWords(curve)} />
    </figure>
  );
}

/** So few points are drawn as points too: one alone would be no line. */
const POINTS_SHOWN = 40;
function optionsFor(element: HTMLElement, colour: string | null, onCursor: (at: number | null) => void): uPlot.Options {
  const line = colourOf(element, colour ?? 'var(--c-accent)');
  const numbers = (_: uPlot, splits: number[]) => splits.map((split) => shortNumber(split));
  return {
    width: Math.max(1, element.clientWidth),
    height: Math.max(1, element.clientHeight),
    legend: { show: false },
    scales: { x: { time: false } },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
    axes: [
      { ...axisLook(element, 'x'), values: numbers },
      { ...axisLook(element, 'y'), values: numbers },
    ],
    series: [
      {},
      {
        stroke: line,
        width: 1.5,
        spanGaps: false,
        points: { show: (self) => self.data[0].length <= POINTS_SHOWN, size: 5, fill: line },
      },
    ],
  };
}
