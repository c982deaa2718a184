import { useLayoutEffect, useRef } from 'react';
import type { FocusEvent, KeyboardEvent, MouseEvent, RefObject } from 'react';
import { isOver } from '../../state/jobState.ts';
import { jobOf } from '../../state/rows.ts';
import { jobIdOf } from '../../state/rowList.ts';
import type { RowList } from '../../state/rowList.ts';
import { NO_SELECTION, chosenIds, rangeOf, toggled } from '../../state/selection.ts';
import { useParts } from '../../state/window.tsx';
import { isFocusLost, placeOf } from './gridPlace.ts';
import type { Place } from './gridPlace.ts';

const PAGE_ROWS = 10;
/** Where the menu of a row stands when it was opened with a key. */
const MENU_INDENT_PX = 96;

interface GridHandlers {
  readonly onMouseDown: (event: MouseEvent<HTMLElement>) => void;
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
  readonly onContextMenu: (event: MouseEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
}

/** Keyboard and pointer of the table: one tab stop, arrows between rows and into a row's buttons, the focus never lost. */
export function useGridFocus(
  rows: RowList,
  grid: RefObject<HTMLElement | null>,
  scrollTo: (index: number) => void,
  onMove: (jobId: number, step: 1 | -1) => void,
): GridHandlers {
  const { store, commands } = useParts();
  /** The row that has, or last had, the focus; null while the focus is elsewhere by the person's will. */
  const focusedPlace = useRef<Place | null>(null);
  const wantsFocus = useRef(false);
  /** Where a selection with Shift begins. */
  const anchor = useRef<number | null>(null);

  function rowElement(jobId: number): HTMLElement | null {
    return grid.current?.querySelector<HTMLElement>(`[data-job-id="${jobId}"]`) ?? null;
  }
  function select(index: number, isMore = false): void {
    const jobId = jobIdOf(rows.at(index));
    if (jobId === null) return;
    wantsFocus.current = true;
    scrollTo(index);
    const before = store.getState();
    if (!isMore) anchor.current = jobId;
    else if (anchor.current === null || !chosenIds(before).has(anchor.current)) anchor.current = before.selectedId;
    const from = rows.indexOf(anchor.current);
    store.setState({
      selectedId: jobId,
      selection: isMore ? rangeOf(rows, from < 0 ? index : from, index) : NO_SELECTION,
    });
    rowElement(jobId)?.focus({ preventScroll: true });
  }
  function move(from: number, step: number, isMore = false): void {
    const wanted = Math.min(rows.count - 1, Math.max(0, from + step));
    const index =
      step < 0
        ? (rows.nextJob(wanted, -1) ?? rows.nextJob(wanted, 1))
        : (rows.nextJob(wanted, 1) ?? rows.nextJob(wanted, -1));
    if (index !== null) select(index, isMore);
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
    const at = rows.indexOf(place.jobId);
    const row = rows.at(at);
    const hasLeft = row === null || (place.wasQueued && row.kind === 'job' && isOver(row.job));
    const isWatched = !isBesidePanel && store.getState().panelOpen;
    if (row !== null && (!hasLeft || isWatched)) {
      if (isFocusLost()) rowElement(place.jobId)?.focus({ preventScroll: true });
      focusedPlace.current = placeOf(row, at);
    } else if (!isFocusLost()) focusedPlace.current = null;
    else if (rows.count === 0) grid.current?.focus();
    else if (!isBesidePanel) move(place.index, 0);
    else {
      const next = jobIdOf(rows.at(rows.nextJob(Math.min(place.index, rows.count - 1), 1) ?? 0));
      if (next !== null) rowElement(next)?.focus();
    }
  }

  function openPanel(jobId: number): void {
    const { panelOpen, tab } = store.getState();
    const job = jobOf(store.getState(), jobId);
    const isCancelled = job?.status === 'cancelled' && job.startedAt !== null;
    store.setState({
      selectedId: jobId,
      selection: NO_SELECTION,
      panelOpen: true,
      tab: panelOpen ? tab : isCancelled ? 'receipt' : tab === 'receipt' ? 'log' : tab,
    });
  }

  function openMenu(jobId: number, x: number, y: number): void {
    const state = store.getState();
    const chosen = chosenIds(state);
    const jobIds = chosen.has(jobId) ? [...chosen] : [jobId];
    // In the order of the table, not of the clicks.
    jobIds.sort((a, b) => rows.indexOf(a) - rows.indexOf(b));
    store.setState({
      rowMenu: { jobIds, rowId: jobId, x, y },
      selectedId: jobId,
      ...(chosen.has(jobId) ? {} : { selection: NO_SELECTION }),
    });
  }

  return {
    onMouseDown(event) {
      // Choosing several is no choice of text, and the row that leads is not the row that was pressed.
      if (event.shiftKey || event.ctrlKey || event.metaKey) event.preventDefault();
    },
    onClick(event) {
      const target = event.target as HTMLElement;
      const row = target.closest<HTMLElement>('[data-job-id]');
      if (row === null || target.closest('button') !== null) return;
      const jobId = Number(row.dataset['jobId']);
      if (event.shiftKey) select(rows.indexOf(jobId), true);
      else {
        anchor.current = jobId;
        if (!event.ctrlKey && !event.metaKey) openPanel(jobId);
        else {
          const next = toggled(store.getState(), jobId);
          store.setState(next);
          if (next.selectedId !== null) rowElement(next.selectedId)?.focus({ preventScroll: true });
        }
      }
    },
    onContextMenu(event) {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-job-id]');
      if (row === null) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      const isPointer = event.button === 2;
      openMenu(
        Number(row.dataset['jobId']),
        isPointer ? event.clientX : box.left + MENU_INDENT_PX,
        isPointer ? event.clientY : box.bottom,
      );
    },
    onFocus(event) {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-job-id]');
      const jobId = Number(row?.dataset['jobId']);
      const index = rows.indexOf(jobId);
      const place = placeOf(rows.at(index), index);
      if (place === null) return;
      focusedPlace.current = place;
      // Buttons of a row take the focus with them, so that the row stays drawn when it is scrolled away.
      if (store.getState().selectedId !== jobId && !store.getState().panelOpen) store.setState({ selectedId: jobId });
    },
    onBlur(event) {
      if (event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget))
        focusedPlace.current = null;
    },
    onKeyDown(event) {
      const row = (event.target as HTMLElement).closest<HTMLElement>('[data-job-id]');
      if (row === null) return;
      const jobId = Number(row.dataset['jobId']);
      const index = rows.indexOf(jobId);
      if (withModifier(event, jobId)) event.preventDefault();
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (moveByKey(event, row, index)) event.preventDefault();
      else if (event.key === 'Enter' && event.target === row) openPanel(jobId);
      else if (event.key === 'Delete') removeByKey(jobId, index, event.shiftKey);
    },
  };

  /** Alt with an arrow moves a queued job, Ctrl A chooses all, Shift F10 opens the menu, Escape leaves one chosen. */
  function withModifier(event: KeyboardEvent, jobId: number): boolean {
    const { key, altKey, shiftKey } = event;
    const isCommand = (event.ctrlKey || event.metaKey) && !altKey;
    if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) onMove(jobId, key === 'ArrowUp' ? -1 : 1);
    else if (isCommand && key === 'a') store.setState({ selectedId: jobId, selection: rangeOf(rows, 0, rows.count) });
    else if (key === 'ContextMenu' || (shiftKey && key === 'F10')) {
      const box = rowElement(jobId)?.getBoundingClientRect();
      if (box !== undefined) openMenu(jobId, box.left + MENU_INDENT_PX, box.bottom);
    } else if (key === 'Escape' && chosenIds(store.getState()).size > 1) store.setState({ selection: NO_SELECTION });
    else return false;
    return true;
  }

  function moveByKey(event: KeyboardEvent, row: HTMLElement, index: number): boolean {
    const steps = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -PAGE_ROWS,
      PageDown: PAGE_ROWS,
      Home: -rows.count,
      End: rows.count,
    };
    const step = steps[event.key as keyof typeof steps] as number | undefined;
    if (step !== undefined) {
      move(index, step, event.shiftKey);
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
    const chosen = chosenIds(store.getState());
    if (chosen.has(jobId) && chosen.size > 1 && !force) {
      void commands.cancelChosen(chosen);
      return;
    }
    void commands.cancel(jobId, force && !isOver(job) && job.status !== 'queued');
    // A queued job leaves its place: the next press of Delete is meant for the one that follows.
    if (job.status === 'queued' && !store.getState().panelOpen) {
      const next = rows.at(index + 1);
      if (next?.kind === 'job' && next.job.status === 'queued') select(index + 1);
    }
  }
}
