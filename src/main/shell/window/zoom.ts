import type { WebContents } from 'electron';

/** The steps of Ctrl + and Ctrl −, as browsers have them. The layout is made for these and is tested at both ends. */
export const ZOOM_STEPS = [1, 1.1, 1.25, 1.5, 1.75, 2] as const;

/** The step after `factor` in a direction; at either end it stays. */
export function nextZoom(factor: number, direction: 1 | -1): number {
  const steps = direction === 1 ? ZOOM_STEPS : [...ZOOM_STEPS].reverse();
  return steps.find((step) => (step - factor) * direction > 0.01) ?? steps.at(-1) ?? 1;
}

/** Which zoom a key asks for, or null for any other key. `=` and `+` share a key, as `-` and `_` do; the number pad has its own names. */
export function zoomFor(key: string, factor: number): number | null {
  if (key === '0') return 1;
  if (key === '+' || key === '=') return nextZoom(factor, 1);
  return key === '-' || key === '_' ? nextZoom(factor, -1) : null;
}

/** Zooms the page with Ctrl (on macOS ⌘) and +, − or 0. Chromium remembers it for the page. */
export function zoomByKeys(page: WebContents): void {
  page.on('before-input-event', (event, { type, key, control, meta, alt }) => {
    if (type !== 'keyDown' || alt || control === meta) return;
    const factor = zoomFor(key, page.getZoomFactor());
    if (factor === null) return;
    event.preventDefault();
    page.setZoomFactor(factor);
  });
}
