import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useRef, useState } from 'react';
import { useParts } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { fieldStyles } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { formatBytes } from '../../ui/format.ts';
import { PaneTools } from './PanelBar.tsx';
import type { PaneProps } from './PanelBar.tsx';
import { LogPane } from './LogPane.tsx';
import { HITS_MAX } from './logSearch.ts';
import { textOf } from './terminal.ts';
import { useLog } from './useLog.ts';
import { useLogSearch } from './useLogSearch.ts';
import styles from './JobPanel.module.css';

/** As long as a text may be that the core looks for. */
const QUERY_MAX = 1_000;

/** The Log tab: follows, searches in the whole log, wraps, copies. */
export function LogView({ job, toolSlot }: PaneProps) {
  const log = useLog(job);
  const { commands } = useParts();
  const [isFollowing, setFollowing] = useState(true);
  const [isWrapped, setWrapped] = useState(false);
  const search = useLogSearch(job, log, () => setFollowing(false));
  const { query, hits, index, isSearching, setQuery, step, cancel } = search;
  const box = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null;
      const isInPanel = event.target instanceof HTMLElement && event.target.closest('[data-region="panel"]') !== null;
      if ((event.ctrlKey || event.metaKey) && event.key === 'f') box.current?.focus();
      else if (event.key === 'F3') step(event.shiftKey ? -1 : 1);
      else if (event.key === 'f' && isInPanel && !isTyping && !event.altKey) setFollowing((now) => !now);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });

  // Esc ends a search wherever the focus is, before it means anything else.
  useEffect(() => {
    if (!isSearching) return undefined;
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      cancel();
    };
    window.addEventListener('keydown', onEscape, true);
    return () => window.removeEventListener('keydown', onEscape, true);
  });

  const { startOffset, nextOffset, fileSize } = log.follower.buffer;
  const loaded = `Counts in what is loaded: ${formatBytes(nextOffset - startOffset)} of ${formatBytes(fileSize)}. Next and previous go on in the whole log.`;
  const isWhole = startOffset === 0 && nextOffset >= fileSize;
  const found = query === '' ? '' : wordsForHits(index, hits.length, isWhole);
  return (
    <>
      <PaneTools slot={toolSlot}>
        <label className={fieldStyles.search} title={loaded}>
          <span className="sr">Search in log</span>
          <Icon name="search" />
          <input
            ref={box}
            className={fieldStyles.field}
            value={query}
            spellCheck={false}
            maxLength={QUERY_MAX}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') step(event.shiftKey ? 1 : -1);
              if (event.key === 'Escape' && query !== '') {
                event.stopPropagation();
                setQuery('');
              }
            }}
          />
          <span className={styles.found} role="status" aria-label="Hits in log">
            {found}
          </span>
        </label>
        <Button
          small
          kind="quiet"
          icon="up"
          aria-label="Previous hit"
          title="Shift F3"
          disabled={query === ''}
          onClick={() => step(-1)}
        />
        <Button
          small
          kind="quiet"
          icon="down"
          aria-label="Next hit"
          title="F3"
          disabled={query === ''}
          onClick={() => step(1)}
        />
        <Button
          small
          icon="follow"
          aria-pressed={isFollowing}
          title="Keep the newest line in view (F; End in the log, and Home for its start)"
          onClick={() => setFollowing(!isFollowing)}
        >
          Follow
        </Button>
        <Button
          small
          kind="quiet"
          icon="wrap"
          aria-label="Wrap lines"
          title="Wrap lines"
          aria-pressed={isWrapped}
          onClick={() => setWrapped(!isWrapped)}
        />
        <Button
          small
          kind="quiet"
          icon="file"
          aria-label="Open log in the editor"
          title="Open the log in the program that the desktop has for text"
          disabled={job.status === 'queued' || log.removed !== null}
          onClick={() => void commands.openLog(job.id)}
        />
        <CopyButton label="Copy log" text={() => log.follower.buffer.lines.map(textOf).join('\n')} />
      </PaneTools>
      <Tabs.Panel value="log" className={styles.pane ?? ''} tabIndex={-1}>
        <LogPane
          key={isWrapped ? 'wrapped' : 'plain'}
          job={job}
          log={log}
          query={query}
          place={search.place}
          words={search.words}
          isFollowing={isFollowing}
          isWrapped={isWrapped}
          onFollow={setFollowing}
        />
      </Tabs.Panel>
    </>
  );
}

function wordsForHits(index: number, count: number, isWhole: boolean): string {
  if (count === 0) return isWhole ? 'none' : 'none here';
  const many = count >= HITS_MAX ? `${HITS_MAX}+` : String(count);
  return `${index < 0 ? '–' : index + 1} of ${many}`;
}
