import { Tabs } from '@base-ui/react/tabs';
import type { CSSProperties, ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { JobView } from '../../../shared/job.ts';
import { colourValue } from '../../state/colours.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { PANEL_TABS } from '../../state/windowState.ts';
import type { PanelTab } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './JobPanel.module.css';

const TAB_WORDS: Readonly<Record<PanelTab, string>> = {
  log: 'Log',
  curves: 'Curves',
  details: 'Details',
  receipt: 'Receipt',
};

interface PanelBarProps {
  readonly job: JobView;
  /** Told the place for the tools of the tab that is open. */
  readonly onToolSlot: (slot: HTMLElement | null) => void;
}

/** The panel's head: whose it is, the tabs, the open tab's tools, Close. It stays when the tab changes, and so does the focus. */
export function PanelBar({ job, onToolSlot }: PanelBarProps) {
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
        <h2 className="bold cut" title={job.name}>
          {job.name}
        </h2>
      </div>
      <Tabs.List className={styles.tabs ?? ''} aria-label="Job details" activateOnFocus>
        {PANEL_TABS.map((name) => (
          <Tabs.Tab key={name} value={name} className={styles.tab ?? ''}>
            {TAB_WORDS[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div className={styles.tools}>
        <div className={styles.tools} ref={onToolSlot} />
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

/** What every tab of the panel gets. */
export interface PaneProps {
  readonly job: JobView;
  readonly toolSlot: HTMLElement | null;
}

/** Puts a tab's tools into the panel's head. */
export function PaneTools({ slot, children }: { readonly slot: HTMLElement | null; readonly children: ReactNode }) {
  return slot === null ? null : createPortal(children, slot);
}
