import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { LogLineView } from './LogLineView.tsx';
import type { Hit } from './logSearch.ts';
import type { ShownLog } from './useLog.ts';
import styles from './LogPane.module.css';

const LINE_PX = 18;
/** So near to an edge older or newer text is loaded, or following goes on. */
const EDGE_PX = 24;

interface LogPaneProps {
  readonly job: JobView;
  readonly log: ShownLog;
  readonly query: string;
  /** The hit that was gone to: its line is scrolled to. */
  readonly place: Hit | null;
  readonly words: string | null;
  readonly isFollowing: boolean;
  readonly isWrapped: boolean;
  readonly onFollow: (isFollowing: boolean) => void;
}

/** The lines of a log; only those in view are drawn. */
export function LogPane({ job, log, query, place, words, isFollowing, isWrapped, onFollow }: LogPaneProps) {
  const { follower, problem, removed } = log;
  const { buffer } = follower;
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const lastShift = useRef(0);
  const lastStretch = useRef(buffer.stretch);
  const virtualizer = useVirtualizer({
    count: buffer.lineCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
  });

  useEffect(() => follower.setFollowing(isFollowing), [follower, isFollowing]);

  // Lines that came or went in front move everything: what is read stays where it is.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const isOther = lastStretch.current !== buffer.stretch;
    const moved = buffer.shift - lastShift.current;
    lastShift.current = buffer.shift;
    lastStretch.current = buffer.stretch;
    if (isFollowing) element.scrollTop = element.scrollHeight;
    else if (isOther) element.scrollTop = 0;
    else if (moved !== 0) element.scrollTop += moved * LINE_PX;
    lastTop.current = element.scrollTop;
  });

  useEffect(() => {
    if (place !== null) virtualizer.scrollToIndex(place.line, { align: 'center' });
    // Only another place is scrolled to: not at every drawing, and not when lines come in front.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [place === null ? null : buffer.stretch, place === null ? null : place.line - buffer.shift, place?.column]);

  function onScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < EDGE_PX;
    const isUp = element.scrollTop < lastTop.current - 1;
    lastTop.current = element.scrollTop;
    if (isFollowing && isUp && !isAtEnd) onFollow(false);
    if (!isFollowing && !isUp && isAtEnd) {
      if (buffer.nextOffset >= buffer.fileSize) onFollow(true);
      else follower.loadNewer();
    }
    if (element.scrollTop < EDGE_PX * 4 && isUp) void follower.loadOlder();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.shiftKey) return;
    if (event.key === 'End') onFollow(true);
    else if (event.key === 'Home') {
      onFollow(false);
      if (buffer.startOffset > 0) void follower.showAround(0);
      else scroller.current?.scrollTo(0, 0);
    } else return;
    event.preventDefault();
  }

  const nothing = problem ?? removed ?? wordsForNothing(job, buffer.lineCount);
  return (
    <div className={styles.frame}>
      <p className={styles.words} role="status" aria-label="Search in the whole log">
        {words}
      </p>
      <div
        ref={scroller}
        className={`${styles.log} ${isWrapped ? styles.wrap : ''}`}
        role="log"
        aria-live="off"
        aria-label={`Log of #${job.id}`}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        {nothing === null ? null : (
          <p className={`${styles.nothing} ${problem === null ? '' : styles.problem}`}>{nothing}</p>
        )}
        <div className={styles.lines} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              data-index={item.index}
              ref={isWrapped ? virtualizer.measureElement : null}
              className={`${styles.line} ${place?.line === item.index ? styles.here : ''}`}
              style={{ top: item.start }}
            >
              <LogLineView
                line={buffer.lines[item.index] ?? ''}
                query={query}
                current={place?.line === item.index ? place.column : null}
              />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function wordsForNothing(job: JobView, lineCount: number): string | null {
  if (lineCount > 0) return null;
  if (job.status === 'queued') return 'A log is written when the run starts.';
  if (job.startedAt === null && job.status === 'cancelled') return 'It never started: there is no log.';
  return job.status === 'running' || job.status === 'pending' ? 'Nothing was printed yet.' : 'Nothing was printed.';
}
