import { AboutDialog } from './features/about/AboutDialog.tsx';
import { ComposeDialog } from './features/compose/ComposeDialog.tsx';
import { DropTarget } from './features/compose/DropTarget.tsx';
import { GpuStrip } from './features/gpu/GpuStrip.tsx';
import { JobPanel } from './features/job/JobPanel.tsx';
import { CancelManyDialog } from './features/queue/CancelManyDialog.tsx';
import { DeleteDialog } from './features/queue/DeleteDialog.tsx';
import { EmptyQueue } from './features/queue/EmptyQueue.tsx';
import { Header } from './features/queue/Header.tsx';
import { JobTable } from './features/queue/JobTable.tsx';
import { LiveRegions } from './features/queue/LiveRegions.tsx';
import { Notices } from './features/queue/Notices.tsx';
import { StatusLine } from './features/queue/StatusLine.tsx';
import { UndoToast } from './features/queue/UndoToast.tsx';
import { QuitDialog } from './features/quit/QuitDialog.tsx';
import { SettingsDialog } from './features/settings/SettingsDialog.tsx';
import { isFirstStart } from './features/queue/firstStart.ts';
import { useWindowKeys } from './features/queue/useWindowKeys.ts';
import { jobOf } from './state/rows.ts';
import { useWindow } from './state/window.tsx';
import type { ComposeStart } from './state/windowState.ts';
import styles from './App.module.css';

/** The whole window: header, GPU strip, table, panel, and what lies above them. */
export function App() {
  const isFirst = useWindow(isFirstStart);
  const isPanelShown = useWindow((state) => state.panelOpen && jobOf(state, state.selectedId) !== null);
  const compose = useWindow((state) => state.compose);
  const question = useWindow((state) => state.question);
  const deletion = useWindow((state) => state.deletion);
  const isSetting = useWindow((state) => state.settingsOpen);
  const isAbout = useWindow((state) => state.aboutOpen);
  const quit = useWindow((state) => state.quit);
  useWindowKeys();
  return (
    <>
      <div className={styles.window}>
        <Header />
        <Notices />
        <GpuStrip />
        {isFirst ? <EmptyQueue /> : <JobTable />}
        <div>
          <UndoToast />
          {isPanelShown ? <JobPanel /> : <StatusLine />}
        </div>
      </div>
      {compose === null ? null : <ComposeDialog key={composeKey(compose)} start={compose} />}
      {question === null ? null : <CancelManyDialog which={question} />}
      {deletion === null ? null : <DeleteDialog jobIds={deletion} />}
      {isSetting ? <SettingsDialog /> : null}
      {isAbout ? <AboutDialog /> : null}
      {quit === null ? null : <QuitDialog {...quit} />}
      <DropTarget />
      <LiveRegions />
    </>
  );
}

/** Another start is another form: what was typed into the one before is not mixed with it. */
function composeKey({ submission }: ComposeStart): string {
  return submission === null ? 'new' : JSON.stringify([submission.cwd, submission.command]);
}
