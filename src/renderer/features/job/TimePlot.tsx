import { useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { axisLook, colourOf } from './plotLook.ts';
import styles from './Curves.module.css';

/** One line of a plot over time. */
export interface TimeLine {
  /** Stands before its value, with the line's colour; the empty text where there is only one line. */
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A CSS colour. */
  readonly colour: string;
  /** What is below the line: the colour itself thinly, or hatched as what is not ours. */
  readonly below: 'tint' | 'hatch' | 'none';
}

interface TimePlotProps {
  readonly title: string;
  readonly words: string;
  /** Unix milliseconds. */
  readonly times: readonly number[];
  /** Drawn in this order, the last one on top. */
  readonly lines: readonly TimeLine[];
  /** The largest value of the axis. */
  readonly top: number;
  readonly format: (value: number) => string;
  /** Stands behind a value in the head. */
  readonly unit: string;
  readonly children?: ReactNode;
}

/** Values over time on a 2D canvas. Its colours are those of the theme it was made in: another theme, another plot. */
export function TimePlot({ title, words, times, lines, top, format, unit, children }: TimePlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const looks = lines.map(({ colour, below }) => `${colour} ${below}`).join('|');

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsFor(element, { lines, top, format, onCursor: setAt }), [[]], element);
    plot.current = made;
    const sizes = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The values of the lines come below; a plot is made anew only for other looks.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [looks, top]);
  useLayoutEffect(() => {
    plot.current?.setData([times.map((time) => time / 1_000), ...lines.map(({ values }) => [...values])]);
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [times, looks, top]);

  const shown = at === null ? times.length - 1 : Math.min(at, times.length - 1);
  return (
    <figure className={styles.plot}>
      <figcaption className={styles.caption}>
        <h3 className="bold cut" title={title}>
          {title}
        </h3>
        {children}
        <span className="push nowrap">
          <span className="faint">{times[shown] === undefined ? '' : clockTime(times[shown])}</span>
          {[...lines].reverse().map(({ name, colour, below, values }) => (
            <span key={name}>
              {name === '' ? null : (
                <span
                  className={`${styles.key} ${below === 'hatch' ? styles.others : ''}`}
                  style={below === 'hatch' ? undefined : { background: colour }}
                />
              )}{' '}
              {name} <b className="bold">{valueWords(values[shown], format)}</b>
              {unit}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} className={styles.canvas} role="img" aria-label={words} />
    </figure>
  );
}

function valueWords(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '—' : format(value);
}

interface Look extends Pick<TimePlotProps, 'lines' | 'top' | 'format'> {
  readonly onCursor: (at: number | null) => void;
}

function optionsFor(element: HTMLElement, { lines, top, format, onCursor }: Look): uPlot.Options {
  return {
    width: Math.max(1, element.clientWidth),
    height: Math.max(1, element.clientHeight),
    legend: { show: false },
    scales: { x: { time: true }, y: { range: [0, top] } },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
    axes: [
      { ...axisLook(element, 'x'), values: (_, splits) => splits.map((split) => clockTime(split * 1_000)) },
      { ...axisLook(element, 'y'), values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ colour, below }): uPlot.Series => {
        const stroke = colourOf(element, colour);
        const fill = below === 'none' ? null : below === 'hatch' ? hatchOf(element) : tintOf(element, colour);
        return { stroke, width: 1.5, spanGaps: false, points: { show: false }, ...(fill === null ? {} : { fill }) };
      }),
    ],
  };
}

function clockTime(at: number): string {
  const date = new Date(at);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return seconds === '00' ? `${hours}:${minutes}` : `${hours}:${minutes}:${seconds}`;
}

/** The colour thinned on the plot's ground; opaque, so that it hides what was drawn before. */
function tintOf(element: HTMLElement, colour: string): string {
  return colourOf(element, `color-mix(in srgb, ${colour} 24%, var(--c-surface))`);
}

const HATCH_PX = 6;

/** The hatch of what is not ours, as on the tracks. */
function hatchOf(element: HTMLElement): () => CanvasPattern | string {
  const ground = colourOf(element, 'var(--c-foreign)');
  const line = colourOf(element, 'var(--c-hatch)');
  return () => {
    const tile = document.createElement('canvas');
    tile.width = HATCH_PX;
    tile.height = HATCH_PX;
    const context = tile.getContext('2d');
    if (context === null) return ground;
    context.fillStyle = ground;
    context.fillRect(0, 0, HATCH_PX, HATCH_PX);
    context.strokeStyle = line;
    context.lineWidth = 1.5;
    // Three strokes, so that the tile goes on into its neighbours.
    for (const from of [-HATCH_PX, 0, HATCH_PX]) {
      context.beginPath();
      context.moveTo(from, HATCH_PX);
      context.lineTo(from + HATCH_PX, 0);
      context.stroke();
    }
    return context.createPattern(tile, 'repeat') ?? ground;
  };
}
