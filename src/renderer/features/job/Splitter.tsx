import { useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import type { PanelTab } from '../../state/windowState.ts';
import styles from './JobPanel.module.css';

const MIN_PX = 120;
const STEP_PX = 18;
/** What the header, the GPUs and some rows need above the panel. */
const ABOVE_PX = 260;
/** In low windows the panel starts lower. */
const LOW_WINDOW_PX = 660;

// Heights are remembered for each tab while the window is open.
const remembered = new Map<PanelTab, number>();

/** The height of the panel on this tab, and how to change it. */
export function usePanelHeight(tab: PanelTab): readonly [number, (height: number) => void] {
  const [, redraw] = useState(0);
  const isLow = window.innerHeight <= LOW_WINDOW_PX;
  const usual = tab === 'log' ? (isLow ? 188 : 252) : isLow ? 320 : 420;
  function setHeight(height: number): void {
    remembered.set(tab, clamp(height));
    redraw((count) => count + 1);
  }
  return [Math.max(MIN_PX, Math.min(remembered.get(tab) ?? usual, window.innerHeight - ABOVE_PX)), setHeight];
}

function clamp(height: number): number {
  return Math.round(Math.max(MIN_PX, Math.min(height, window.innerHeight - ABOVE_PX)));
}

/** The panel's upper edge, to be dragged or moved with the arrow keys. */
export function Splitter({
  height,
  onHeight,
}: {
  readonly height: number;
  readonly onHeight: (height: number) => void;
}) {
  function onPointerDown(event: PointerEvent<HTMLDivElement>): void {
    event.currentTarget.setPointerCapture(event.pointerId);
  }
  function onPointerMove(event: PointerEvent<HTMLDivElement>): void {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onHeight(window.innerHeight - event.clientY);
  }
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === 'ArrowUp') onHeight(height + STEP_PX);
    else if (event.key === 'ArrowDown') onHeight(height - STEP_PX);
    else return;
    event.preventDefault();
  }
  return (
    <div
      className={styles.splitter}
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the panel"
      aria-valuenow={height}
      aria-valuemin={MIN_PX}
      aria-valuemax={window.innerHeight - ABOVE_PX}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}
