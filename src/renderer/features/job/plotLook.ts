import type uPlot from 'uplot';

const AXIS_PX = { x: 24, y: 52 } as const;
/** So much room between two numbers on an axis. */
const SPACE_PX = { x: 72, y: 36 } as const;

/** How every plot's axes look, in the colours of the page as it is now. */
export function axisLook(element: HTMLElement, which: 'x' | 'y'): uPlot.Axis {
  return {
    stroke: colourOf(element, 'var(--c-text-3)'),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: colourOf(element, 'var(--c-line-2)'), width: 1 },
    ticks: { stroke: colourOf(element, 'var(--c-edge)'), width: 1, size: 4 },
    size: AXIS_PX[which],
    space: SPACE_PX[which],
  };
}

/** The colour that a CSS value has at this place of the page: a canvas knows neither variables nor light-dark(). */
export function colourOf(element: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A number on an axis: `4.5 k`, `0.001`, `2e-5`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  if (size >= 1_000) return `${trimmed(value / 1_000)} k`;
  return size !== 0 && size < 0.001 ? value.toExponential() : trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(4)));
}
