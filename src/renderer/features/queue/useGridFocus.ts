import { useLayoutEffect, useRef } from 'react';
import type { FocusEvent, KeyboardEvent, MouseEvent, RefObject } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { isOver } from '../../state/jobState.ts';
import { jobOf } from '../../state/rows.ts';
import type { Row } from '../../state/rows.ts';
import { useParts } from '../../state/window.tsx';

const PAGE_ROWS = 10;

interface GridHandlers {
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
}

interface Place {
  readonly jobId: number;
  readonly index: number;
  readonly wasQueued: boolean;
}

function placeOf(job: JobView, index: number): Place {
  return { jobId: job.id, index, wasQueued: job.status === 'queued' };
}

function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Keyboard and pointer of the table: one tab stop, arrows between rows and into a row's buttons, the focus never lost. */
export function useGridFocus(
  rows: readonly Row[],
  grid: RefObject<HTMLElement | null>,
  scrollTo: (index: number) => void,
): GridHandlers {
  const { store, commands } = useParts();
  /** The row that has, or last had, the focus; null while the focus is elsewhere by the person's will. */
  const focusedPlace = useRef<Place | null>(null);
  const wantsFocus = useRef(false);

  function rowElement(jobId: number): HTMLElement | null {
    return grid.current?.querySelector<HTMLElement>(`[data-job-id="${jobId}"]`) ?? null;
  }
  function select(index: number): void {
    const row = rows[index];
    if (row?.kind !== 'job') return;
    wantsFocus.current = true;
    scrollTo(index);
    store.setState({ selectedId: row.job.id });
    rowElement(row.job.id)?.focus({ preventScroll: true });
  }
  function move(from: number, step: number): void {
    const wanted = Math.min(rows.length - 1, Math.max(0, from + step));
    const direction = step < 0 ? -1 : 1;
    const index = nextJobRow(rows, wanted, direction) ?? nextJobRow(rows, wanted, -direction);
    if (index !== null) select(index);
  }

  // A row that was drawn late, or a focused element that went away with its row or button: the focus goes to the row now there.
  useLayoutEffect(() => {
    const { selectedId, panelOpen } = store.getState();
    const place = focusedPlace.current;
    if (wantsFocus.current && selectedId !== null) {
      const element = rowElement(selectedId);
      if (element === null) return;
      wantsFocus.current = false;
      if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
    } else if (place !== null) {
      keepPlace(place, panelOpen && place.jobId !== selectedId);
    }
  });

  /** Follows the row with the focus; when it left its place, the focus goes to the row now there, without opening that one. */
  function keepPlace(place: Place, isBesidePanel: boolean): void {
    const at = rows.findIndex((row) => row.kind === 'job' && row.job.id === place.jobId);
    const row = rows[at];
    const hasLeft = row?.kind !== 'job' || (place.wasQueued && isOver(row.job));
    const isWatched = !isBesidePanel && store.getState().panelOpen;
    if (row?.kind === 'job' && (!hasLeft || isWatched)) {
      if (isFocusLost()) rowElement(row.job.id)?.focus({ preventScroll: true });
      focusedPlace.current = placeOf(row.job, at);
    } else if (!isFocusLost()) focusedPlace.current = null;
    else if (rows.length === 0) grid.current?.focus();
    else if (!isBesidePanel) move(place.index, 0);
    else {
      const next = rows[nextJobRow(rows, Math.min(place.index, rows.length - 1), 1) ?? 0];
      if (next?.kind === 'job') rowElement(next.job.id)?.focus();
    }
  }

  function openPanel(jobId: number): void {
    const { panelOpen, tab } = store.getState();
    const job = jobOf(store.getState(), jobId);
    const isCancelled = job?.status === 'cancelled' && job.startedAt !== null;
    store.setState({
      selectedId: jobId,
      panelOpen: true,
      tab: panelOpen ? tab : isCancelled ? 'receipt' : tab === 'receipt' ? 'log' : tab,
    });
  }

  return {
    onClick(event) {
      const target = event.target as HTMLElement;
      const row = target.closest<HTMLElement>('[data-job-id]');
      if (row === null || target.closest('button') !== null) return;
      openPanel(Number(row.dataset['jobId']));
    },
    onFocus(event) {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-job-id]');
      const jobId = Number(row?.dataset['jobId']);
      const index = rows.findIndex((candidate) => candidate.kind === 'job' && candidate.job.id === jobId);
      const focused = rows[index];
      if (focused?.kind !== 'job') return;
      focusedPlace.current = placeOf(focused.job, index);
      // Buttons of a row take the focus with them, so that the row stays drawn when it is scrolled away.
      if (store.getState().selectedId !== jobId && !store.getState().panelOpen) store.setState({ selectedId: jobId });
    },
    onBlur(event) {
      if (event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget))
        focusedPlace.current = null;
    },
    onKeyDown(event) {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-job-id]');
      if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
      const jobId = Number(row.dataset['jobId']);
      const index = rows.findIndex((candidate) => candidate.kind === 'job' && candidate.job.id === jobId);
      if (moveByKey(event, row, index)) event.preventDefault();
      else if (event.key === 'Enter' && event.target === row) openPanel(jobId);
      else if (event.key === 'Delete') removeByKey(jobId, index, event.shiftKey);
    },
  };

  function moveByKey(event: KeyboardEvent, row: HTMLElement, index: number): boolean {
    const steps = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -PAGE_ROWS,
      PageDown: PAGE_ROWS,
      Home: -rows.length,
      End: rows.length,
    };
    const step = steps[event.key as keyof typeof steps] as number | undefined;
    if (step !== undefined) {
      move(index, step);
      return true;
    }
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return false;
    const stops = [row, ...row.querySelectorAll<HTMLElement>('button:not(:disabled)')];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === 'ArrowRight' ? 1 : -1)))]?.focus();
    return true;
  }

  function removeByKey(jobId: number, index: number, force: boolean): void {
    const job = jobOf(store.getState(), jobId);
    if (job === null) return;
    void commands.cancel(jobId, force && !isOver(job) && job.status !== 'queued');
    // A queued job leaves its place: the next press of Delete is meant for the one that follows.
    if (job.status === 'queued' && !store.getState().panelOpen) {
      const next = rows[index + 1];
      if (next?.kind === 'job' && next.job.status === 'queued') select(index + 1);
    }
  }
}

function nextJobRow(rows: readonly Row[], from: number, direction: number): number | null {
  for (let index = from; rows[index] !== undefined; index += direction) if (rows[index]?.kind === 'job') return index;
  return null;
}
