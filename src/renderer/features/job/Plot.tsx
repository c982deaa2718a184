import { useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatLoss } from '../../ui/format.ts';
import { curveWords, grouped } from './curves.ts';
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

const AXIS_PX = { x: 24, y: 52 } as const;
/** So few points are drawn as points too: one alone would be no line. */
const POINTS_SHOWN = 40;
/** So much room between two numbers on an axis. */
const SPACE_PX = { x: 72, y: 36 } as const;

function optionsFor(element: HTMLElement, colour: string | null, onCursor: (at: number | null) => void): uPlot.Options {
  const ink = colourOf(element, 'var(--c-text-3)');
  const grid = { stroke: colourOf(element, 'var(--c-line-2)'), width: 1 };
  const ticks = { stroke: colourOf(element, 'var(--c-edge)'), width: 1, size: 4 };
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const line = colourOf(element, colour ?? 'var(--c-accent)');
  const axis = { stroke: ink, font, grid, ticks } satisfies uPlot.Axis;
  return {
    width: Math.max(1, element.clientWidth),
    height: Math.max(1, element.clientHeight),
    legend: { show: false },
    scales: { x: { time: false } },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
    axes: [
      { ...axis, size: AXIS_PX.x, space: SPACE_PX.x, values: (_, splits) => splits.map((split) => shortNumber(split)) },
      { ...axis, size: AXIS_PX.y, space: SPACE_PX.y, values: (_, splits) => splits.map((split) => shortNumber(split)) },
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

/** The colour that a CSS value has at this place of the page: a canvas knows neither variables nor light-dark(). */
function colourOf(element: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A number on an axis: `4.5 k`, `0.001`, `2e-5`. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  if (size >= 1_000) return `${trimmed(value / 1_000)} k`;
  return size !== 0 && size < 0.001 ? value.toExponential() : trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(4)));
}
