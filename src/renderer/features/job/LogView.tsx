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
import { useHits, useLog } from './useLog.ts';
import styles from './JobPanel.module.css';

/** The Log tab: follows, searches in what is loaded, wraps, copies. */
export function LogView({ job, toolSlot }: PaneProps) {
  const log = useLog(job);
  const { commands } = useParts();
  const [query, setQuery] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const [isWrapped, setWrapped] = useState(false);
  /** Which hit, counted from the last one, so that it stays while lines come in front; null follows the last. */
  const [back, setBack] = useState<number | null>(null);
  const hits = useHits(log, query);
  const box = useRef<HTMLInputElement>(null);
  const index = back === null ? hits.length - 1 : hits.length - 1 - Math.min(back, hits.length - 1);
  const currentHit = (back === null && isFollowing ? null : hits[index]) ?? null;

  function step(direction: 1 | -1): void {
    if (hits.length === 0) return;
    const next = back === null && direction === 1 ? 0 : (index + direction + hits.length) % hits.length;
    setFollowing(false);
    setBack(back === null && direction === -1 ? 0 : hits.length - 1 - next);
  }

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

  const many = hits.length >= HITS_MAX ? `${HITS_MAX}+` : String(hits.length);
  const { startOffset, nextOffset, fileSize } = log.follower.buffer;
  const loaded = `Searches in what is loaded: ${formatBytes(nextOffset - startOffset)} of ${formatBytes(fileSize)}`;
  const found = query === '' ? '' : hits.length === 0 ? 'none' : `${index + 1} of ${many}`;
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
            onChange={(event) => {
              setQuery(event.target.value);
              setBack(null);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') step(event.shiftKey ? 1 : -1);
              if (event.key === 'Escape' && query !== '') {
                event.stopPropagation();
                setQuery('');
                setBack(null);
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
          disabled={hits.length === 0}
          onClick={() => step(-1)}
        />
        <Button
          small
          kind="quiet"
          icon="down"
          aria-label="Next hit"
          title="F3"
          disabled={hits.length === 0}
          onClick={() => step(1)}
        />
        <Button
          small
          icon="follow"
          aria-pressed={isFollowing}
          title="Keep the newest line in view (F)"
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
          currentHit={currentHit}
          isFollowing={isFollowing}
          isWrapped={isWrapped}
          onFollow={setFollowing}
        />
      </Tabs.Panel>
    </>
  );
}
