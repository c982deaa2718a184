import { Tabs } from '@base-ui/react/tabs';
import type { CSSProperties, KeyboardEvent, ReactNode } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { colourValue } from '../../state/colours.ts';
import { jobOf } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { PANEL_TABS } from '../../state/windowState.ts';
import type { PanelTab } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import { DetailsPane } from './DetailsPane.tsx';
import { LogView } from './LogView.tsx';
import { ReceiptPane } from './ReceiptPane.tsx';
import { Splitter, usePanelHeight } from './Splitter.tsx';
import styles from './JobPanel.module.css';

const TAB_WORDS: Readonly<Record<PanelTab, string>> = { log: 'Log', details: 'Details', receipt: 'Receipt' };

/** The panel at the foot: everything about the selected job. */
export function JobPanel() {
  const { store } = useParts();
  const job = useWindow((state) => jobOf(state, state.selectedId));
  const tab = useWindow((state) => state.tab);
  const [height, setHeight] = usePanelHeight(tab);
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
        {tab === 'log' ? (
          <LogView key={job.id} job={job} bar={(tools) => <PanelBar job={job} tools={tools} />} />
        ) : null}
        {tab === 'details' ? (
          <DetailsPane key={job.id} job={job} bar={(tools) => <PanelBar job={job} tools={tools} />} />
        ) : null}
        {tab === 'receipt' ? (
          <ReceiptPane key={job.id} job={job} bar={(tools) => <PanelBar job={job} tools={tools} />} />
        ) : null}
      </Tabs.Root>
    </aside>
  );
}

/** What a tab gets from the panel: its head, into which it puts its own tools. */
export type PanelHead = (tools: ReactNode) => ReactNode;

function PanelBar({ job, tools }: { readonly job: JobView; readonly tools: ReactNode }) {
  const { store } = useParts();
  const colour = useWindow((state) => colourValue(state.colours, job.id));
  return (
    <div className={styles.bar}>
      <div className={styles.who}>
        <span
          className={`${styles.swatch} ${colour === null ? styles.bare : ''}`}
          style={colour === null ? undefined : ({ '--j': colour } as CSSProperties)}
        />
        <span className="faint">#{job.id}</span>
        <span className="bold cut" title={job.name}>
          {job.name}
        </span>
      </div>
      <Tabs.List className={styles.tabs ?? ''} aria-label="Job details" activateOnFocus>
        {PANEL_TABS.map((name) => (
          <Tabs.Tab key={name} value={name} className={styles.tab ?? ''}>
            {TAB_WORDS[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div className={styles.tools}>
        {tools}
        <Button
          small
          kind="quiet"
          icon="close"
          aria-label="Close panel"
          title="Close panel (Esc)"
          onClick={() => {
            store.setState({ panelOpen: false });
            document.querySelector<HTMLElement>(`[data-job-id="${job.id}"]`)?.focus();
          }}
        />
      </div>
    </div>
  );
}
