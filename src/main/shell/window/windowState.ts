import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { screen } from 'electron';
import type { BrowserWindow, Rectangle } from 'electron';
import { z } from 'zod';

/** The smallest window the layout is made for. */
export const SMALLEST = { width: 880, height: 600 } as const;
const FIRST = { width: 1200, height: 800 } as const;

const stateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(SMALLEST.width),
  height: z.int().min(SMALLEST.height),
  maximized: z.boolean(),
});

/** Where the window was when it was last closed. */
export type WindowState = z.output<typeof stateSchema>;

/** The kept place and size, or the first ones when there are none or they are on no screen any more. */
export function readWindowState(
  path: string,
): Partial<WindowState> & { readonly width: number; readonly height: number } {
  try {
    const state = stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return isOnAScreen(state) ? state : FIRST;
  } catch {
    return FIRST;
  }
}

/** Keeps place and size now; losing them is no reason to fail. */
export function writeWindowState(path: string, window: BrowserWindow): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    writeFileSync(`${path}.draft`, JSON.stringify(state));
    renameSync(`${path}.draft`, path);
  } catch {
    // A full disk must not keep a window from closing.
  }
}

function isOnAScreen(bounds: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const width = Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
    const height = Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
    return width >= 100 && height >= 100;
  });
}
