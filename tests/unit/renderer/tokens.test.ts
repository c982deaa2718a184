import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../../src/renderer/styles/tokens.css', import.meta.url), 'utf8');

/** Each colour token in both themes, `[light, dark]`. */
const TOKENS = new Map(
  [...css.matchAll(/(--[ac]-[a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, [light, dark] as const],
  ),
);
const GROUNDS = ['--c-bg', '--c-surface', '--c-sunken', '--c-raised', '--c-field', '--c-hover', '--c-select'];

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** WCAG 2 contrast of two tokens in one theme. */
function contrast(a: string, b: string, theme: 0 | 1): number {
  const [high = 0, low = 0] = [a, b]
    .map((name) => luminance(TOKENS.get(name)?.[theme] ?? '#000000'))
    .sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('colours of the %s theme', (_, theme) => {
  it.each(['--c-text', '--c-text-2', '--c-text-3'])('%s can be read on every ground', (text) => {
    for (const ground of GROUNDS) expect(contrast(text, ground, theme), ground).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['--c-run', '--c-pend', '--c-wait', '--c-stop', '--c-bad', '--c-off', '--c-accent'])(
    '%s can be read in the table',
    (text) => {
      expect(contrast(text, '--c-surface', theme)).toBeGreaterThanOrEqual(4.5);
    },
  );

  it('a stop and a stuck job can be read on their rows', () => {
    expect(contrast('--c-stop', '--c-stop-bg', theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast('--c-bad', '--c-bad-bg', theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast('--c-text', '--c-stop-bg', theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast('--c-text', '--c-bad-bg', theme)).toBeGreaterThanOrEqual(4.5);
  });

  it('labels can be read on every job colour and on the accent', () => {
    for (let job = 1; job <= 8; job += 1)
      expect(contrast('--c-on-job', `--c-job-${job}`, theme), String(job)).toBeGreaterThanOrEqual(4.5);
    expect(contrast('--c-on-accent', '--c-accent', theme)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'grey'])('%s can be read in the log', (colour) => {
    expect(contrast(`--a-${colour}`, '--c-sunken', theme)).toBeGreaterThanOrEqual(4.5);
  });

  it('edges and the focus ring can be seen', () => {
    for (const ground of ['--c-bg', '--c-surface', '--c-raised', '--c-field']) {
      expect(contrast('--c-edge', ground, theme), ground).toBeGreaterThanOrEqual(3);
      expect(contrast('--c-focus', ground, theme), ground).toBeGreaterThanOrEqual(3);
    }
  });
});
