import { expect, test } from 'vitest';
import { ZOOM_STEPS, nextZoom, zoomFor } from '../../src/main/shell/window/zoom.ts';

test('Ctrl + goes up step by step to 200 %, Ctrl − down to 100 %, Ctrl 0 back', () => {
  const seen = [1];
  for (let press = 0; press < 8; press += 1) seen.push(nextZoom(seen.at(-1) ?? 1, 1));
  expect([...new Set(seen)]).toEqual(ZOOM_STEPS);
  expect(nextZoom(2, -1)).toBe(1.75);
  expect(nextZoom(1, -1)).toBe(1);
  // Chromium keeps a level, not a factor: what comes back is not the very number.
  expect(nextZoom(1.0999999, 1)).toBe(1.25);
  expect([zoomFor('0', 2), zoomFor('=', 1), zoomFor('-', 1.5), zoomFor('q', 1)]).toEqual([1, 1.1, 1.25, null]);
});
