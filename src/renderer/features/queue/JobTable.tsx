import { useVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { RefObject } from 'react';
import { indexBeside, placeAt } from '../../state/queuePlace.ts';
import { queuedInOrder, rowsOf } from '../../state/rows.ts';
import { jobIdOf } from '../../state/rowList.ts';
import type { Row } from '../../state/rowList.ts';
import { chosenIds } from '../../state/selection.ts';
import { useParts, useWindow, useWindowShallow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { AwayRow } from './AwayRow.tsx';
import { ColumnHeads } from './ColumnHeads.tsx';
import { JobRow } from './JobRow.tsx';
import { NoMatch } from './NoMatch.tsx';
import { RowMenu } from './RowMenu.tsx';
import { useGridFocus } from './useGridFocus.ts';
import { useFetchedRows } from './useFetchedRows.ts';
import { useRowDrag } from './useRowDrag.ts';
import styles from './JobTable.module.css';

/** Rows have one fixed height, in px: the token --h-row. */
const ROW_PX = 32;
/** The height of the column heads, in px: the token --h-head. */
const HEAD_PX = 24;
const OVERSCAN_ROWS = 8;

/** The list of jobs: Running, Queued, Finished. One tab stop; only rows in view are drawn. */
export function JobTable() {
  const facts = useWindowShallow(({ openJobs, finishedJobs, history, filter, search, sort, showAllQueued }) => ({
    openJobs,
    finishedJobs,
    history,
    filter,
    search,
    sort,
    showAllQueued,
  }));
  const rows = useMemo(() => rowsOf(facts), [facts]);
  const selectedId = useWindow((state) => state.selectedId);
  const selection = useWindow((state) => state.selection);
  const chosen = useMemo(() => chosenIds({ selectedId, selection }), [selectedId, selection]);
  const scroller = useRef<HTMLDivElement>(null);
  const selectedIndex = useMemo(() => rows.indexOf(selectedId), [rows, selectedId]);
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    // No key of the row's own here: with each other list every one of a hundred thousand would be measured anew.
    overscan: OVERSCAN_ROWS,
    // The head is sticky inside the scroller: a row scrolled to must not end up behind it.
    scrollPaddingStart: HEAD_PX,
    // The row with the focus stays in the page when it is scrolled away, or the focus would fall to the body.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      return selectedIndex < 0 || shown.includes(selectedIndex)
        ? shown
        : [...shown, selectedIndex].sort((a, b) => a - b);
    },
  });
  // The range is that of this drawing only after its items have been asked for.
  const items = virtualizer.getVirtualItems();
  useFetchedRows(rows, virtualizer.range);
  const moveBeside = useMoveBeside(scroller);
  const moveByStep = useCallback(
    (jobId: number, step: 1 | -1) => {
      const row = rows.at(rows.indexOf(jobId) + step);
      if (row?.kind === 'job' && row.job.status === 'queued') moveBeside(jobId, { jobId: row.job.id, step });
    },
    [rows, moveBeside],
  );
  const focus = useGridFocus(
    rows,
    scroller,
    (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
    moveByStep,
  );
  const [drag, dragging] = useRowDrag(rows, scroller, { row: ROW_PX, head: HEAD_PX }, moveBeside);
  const panelHeightKey = useWindow((state) => (state.panelOpen ? state.tab : null));
  // The panel takes room from the table: the job it is about stays in view.
  useEffect(() => {
    if (panelHeightKey === null || selectedId === null) return;
    scroller.current?.querySelector(`[data-job-id="${selectedId}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [panelHeightKey, selectedId]);
  const tabStop = selectedIndex >= 0 ? selectedIndex : (rows.nextJob(0, 1) ?? -1);

  return (
    <main className={styles.main}>
      <div
        className={styles.jobs}
        role="grid"
        aria-label="Jobs"
        aria-multiselectable="true"
        aria-rowcount={rows.count + 1}
        data-region="jobs"
        tabIndex={rows.count === 0 ? 0 : -1}
        ref={scroller}
        {...focus}
        {...dragging}
      >
        <ColumnHeads />
        {rows.count === 0 ? <NoMatch /> : null}
        <div className={styles.lines} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows.at(item.index);
            return row === null ? null : (
              <div key={row.key} className={styles.line} role="presentation" style={{ top: item.start }}>
                <TableLine
                  row={row}
                  rowIndex={item.index + 2}
                  isSelected={chosen.has(jobIdOf(row) ?? 0)}
                  isTabStop={item.index === tabStop}
                />
              </div>
            );
          })}
          {drag === null ? null : <div className={styles.drop} style={{ top: drag.boundary * ROW_PX }} />}
        </div>
      </div>
      <RowMenu onMove={moveByStep} />
    </main>
  );
}

/** How a queued job is put before or behind another one; it stays in view. */
function useMoveBeside(
  scroller: RefObject<HTMLElement | null>,
): (jobId: number, beside: { readonly jobId: number; readonly step: 1 | -1 }) => void {
  const { store, commands } = useParts();
  return useCallback(
    (jobId, beside) => {
      const order = queuedInOrder(store.getState().openJobs.values());
      const change = placeAt(order, jobId, indexBeside(order, jobId, beside.jobId, beside.step));
      if (change === null) return;
      void commands.place(jobId, change).then(() => {
        scroller.current?.querySelector(`[data-job-id="${jobId}"]`)?.scrollIntoView({ block: 'nearest' });
      });
    },
    [store, commands, scroller],
  );
}

interface TableLineProps {
  readonly row: Row;
  readonly rowIndex: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
}

function TableLine({ row, rowIndex, isSelected, isTabStop }: TableLineProps) {
  const { store } = useParts();
  if (row.kind === 'job')
    return (
      <JobRow
        job={row.job}
        rowIndex={rowIndex}
        endsGroup={row.endsGroup}
        isSelected={isSelected}
        isTabStop={isTabStop}
      />
    );
  if (row.kind === 'more-queued') {
    const ids = row.hidden.map((job) => job.id);
    return (
      <div className={styles.more} role="row" aria-rowindex={rowIndex}>
        <span role="gridcell">
          {ids.length} more queued, #{Math.min(...ids)} to #{Math.max(...ids)}
        </span>
        <span role="gridcell" className="push">
          <Button
            kind="quiet"
            small
            icon="down"
            aria-label="Show all queued"
            onClick={() => store.setState({ showAllQueued: true })}
          >
            Show all
          </Button>
        </span>
      </div>
    );
  }
  return (
    <AwayRow
      jobId={row.jobId}
      rowIndex={rowIndex}
      endsGroup={row.endsGroup}
      isSelected={isSelected}
      isTabStop={isTabStop}
    />
  );
}
