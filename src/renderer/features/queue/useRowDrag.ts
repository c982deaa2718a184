import { useEffect, useRef, useState } from 'react';
import type { MouseEvent, PointerEvent, RefObject } from 'react';
import type { RowList } from '../../state/rowList.ts';

/** So far the pointer may move and it is still a click. */
const CLICK_PX = 6;
/** So near to the table's edge it scrolls. */
const EDGE_PX = 24;

interface Grip {
  readonly jobId: number;
  readonly y: number;
}

/** A queued row on its way to another place. */
export interface RowDrag {
  readonly jobId: number;
  /** The row before which it would be put: a place between rows. */
  readonly boundary: number;
}

interface RowDragHandlers {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerCancel: () => void;
  readonly onClickCapture: (event: MouseEvent<HTMLElement>) => void;
}

/** Moves queued rows with the pointer. `onDrop` is told the row that the dragged one comes to stand behind or before. */
export function useRowDrag(
  rows: RowList,
  grid: RefObject<HTMLElement | null>,
  sizes: { readonly row: number; readonly head: number },
  onDrop: (jobId: number, beside: { readonly jobId: number; readonly step: 1 | -1 }) => void,
): readonly [RowDrag | null, RowDragHandlers] {
  const grip = useRef<Grip | null>(null);
  const wasDragged = useRef(false);
  const [drag, setDrag] = useState<RowDrag | null>(null);

  function end(): void {
    grip.current = null;
    setDrag(null);
  }
  useEffect(() => {
    if (drag === null) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      grip.current = null;
      setDrag(null);
    };
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, [drag]);

  function boundaryAt(clientY: number, element: HTMLElement): number {
    const inList = clientY - element.getBoundingClientRect().top + element.scrollTop - sizes.head;
    const queued = rows.open.flatMap((row, index) =>
      row.kind === 'job' && row.job.status === 'queued' ? [index] : [],
    );
    const [first = 0] = queued;
    return Math.max(first, Math.min((queued.at(-1) ?? first) + 1, Math.round(inList / sizes.row)));
  }

  const handlers: RowDragHandlers = {
    onPointerDown(event) {
      wasDragged.current = false;
      const target = event.target as HTMLElement;
      const row = target.closest<HTMLElement>('[data-state="queued"][data-job-id]');
      // A finger scrolls; the menu and the keys move rows there.
      if (event.button !== 0 || event.pointerType === 'touch' || event.shiftKey || event.ctrlKey || event.metaKey)
        return;
      if (row !== null && target.closest('button') === null)
        grip.current = { jobId: Number(row.dataset['jobId']), y: event.clientY };
    },
    onPointerMove(event) {
      const held = grip.current;
      const element = grid.current;
      if (held === null || element === null) return;
      if (drag === null && Math.abs(event.clientY - held.y) < CLICK_PX) return;
      if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
      wasDragged.current = true;
      const { top, bottom } = element.getBoundingClientRect();
      if (event.clientY < top + sizes.head + EDGE_PX) element.scrollBy(0, -sizes.row / 2);
      else if (event.clientY > bottom - EDGE_PX) element.scrollBy(0, sizes.row / 2);
      setDrag({ jobId: held.jobId, boundary: boundaryAt(event.clientY, element) });
    },
    onPointerUp() {
      if (drag !== null) {
        const behind = rows.at(drag.boundary);
        const before = rows.at(drag.boundary - 1);
        if (behind?.kind === 'job' && behind.job.status === 'queued')
          onDrop(drag.jobId, { jobId: behind.job.id, step: -1 });
        else if (before?.kind === 'job') onDrop(drag.jobId, { jobId: before.job.id, step: 1 });
      }
      end();
    },
    onPointerCancel: end,
    onClickCapture(event) {
      // The click that ends a drag opens nothing.
      if (wasDragged.current) event.stopPropagation();
      wasDragged.current = false;
    },
  };
  return [drag, handlers];
}
