import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { jobOf } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { PANEL_TABS } from '../../state/windowState.ts';
import type { PanelTab } from '../../state/windowState.ts';
import { CurvesPane } from './CurvesPane.tsx';
import { DetailsPane } from './DetailsPane.tsx';
import { LogView } from './LogView.tsx';
import { PanelBar } from './PanelBar.tsx';
import { ReceiptPane } from './ReceiptPane.tsx';
import { Splitter, usePanelHeight } from './Splitter.tsx';
import styles from './JobPanel.module.css';

/** The panel at the foot: everything about the selected job. */
export function JobPanel() {
  const { store } = useParts();
  const job = useWindow((state) => jobOf(state, state.selectedId));
  const tab = useWindow((state) => state.tab);
  const [height, setHeight] = usePanelHeight(tab);
  const [toolSlot, setToolSlot] = useState<HTMLElement | null>(null);
  const root = useRef<HTMLElement>(null);
  // Zoomed in, a small window scrolls (App.module.css): whoever opens the panel wants to see it.
  useEffect(() => {
    if (window.matchMedia('(max-height: 560px)').matches) root.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  if (job === null) return null;

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const isTyping = event.target instanceof HTMLInputElement;
    const wanted = PANEL_TABS[Number(event.key) - 1];
    if (isTyping || wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    store.setState({ tab: wanted });
  }
  return (
    <aside
      ref={root}
      className={styles.panel}
      aria-label="Job details"
      data-region="panel"
      style={{ height }}
      onKeyDown={onKeyDown}
    >
      <Splitter height={height} onHeight={setHeight} />
      <Tabs.Root
        value={tab}
        onValueChange={(value) => store.setState({ tab: value as PanelTab })}
        render={<div style={{ display: 'contents' }} />}
      >
        <PanelBar job={job} onToolSlot={setToolSlot} />
        {tab === 'log' ? <LogView key={job.id} job={job} toolSlot={toolSlot} /> : null}
        {tab === 'curves' ? <CurvesPane key={job.id} job={job} toolSlot={toolSlot} /> : null}
        {tab === 'details' ? <DetailsPane key={job.id} job={job} toolSlot={toolSlot} /> : null}
        {tab === 'receipt' ? <ReceiptPane key={job.id} job={job} toolSlot={toolSlot} /> : null}
      </Tabs.Root>
    </aside>
  );
}
