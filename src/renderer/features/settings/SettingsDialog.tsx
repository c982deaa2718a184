import { Tabs } from '@base-ui/react/tabs';
import type { ComponentType } from 'react';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { GpuSettings } from './GpuSettings.tsx';
import { LogSettings } from './LogSettings.tsx';
import { NotificationSettings } from './NotificationSettings.tsx';
import { QueueSettings } from './QueueSettings.tsx';
import { ServiceSettings } from './ServiceSettings.tsx';
import { SlurmSettings } from './SlurmSettings.tsx';
import { WindowSettings } from './WindowSettings.tsx';
import type { SectionProps } from './section.ts';
import { useSettings } from './useSettings.ts';
import styles from './Settings.module.css';

/** The sections, in their order; each is a file of its own. */
const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly Section: ComponentType<SectionProps>;
}[] = [
  { id: 'queue', title: 'Queue', Section: QueueSettings },
  { id: 'gpus', title: 'GPUs', Section: GpuSettings },
  { id: 'slurm', title: 'Slurm', Section: SlurmSettings },
  { id: 'logs', title: 'Logs', Section: LogSettings },
  { id: 'notifications', title: 'Notifications', Section: NotificationSettings },
  { id: 'window', title: 'Window', Section: WindowSettings },
  { id: 'services', title: 'Services', Section: ServiceSettings },
];

/** What can be set, by section. Each change is saved as it is made; what the core refuses is said at its field. */
export function SettingsDialog() {
  const { store } = useParts();
  const about = useWindow((state) => state.about);
  const { settings, refusal, save, errorAt } = useSettings();
  const onClose = () => store.setState({ settingsOpen: false });
  return (
    <Dialog
      title="Settings"
      size="medium"
      onClose={onClose}
      footer={
        <>
          <span className="faint cut">{about === null ? '' : `Trainyard ${about.version}`}</span>
          <span className="push" />
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <Tabs.Root defaultValue="queue" orientation="vertical" className={styles.sections ?? ''}>
        <Tabs.List className={styles.list ?? ''} aria-label="Sections" activateOnFocus>
          {SECTIONS.map(({ id, title }) => (
            <Tabs.Tab key={id} value={id} className={styles.tab ?? ''}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div className={styles.panel}>
          {refusal !== null && refusal.field === null ? (
            <p className={styles.refusal} role="alert">
              {refusal.message}
            </p>
          ) : null}
          {SECTIONS.map(({ id, Section }) => (
            <Tabs.Panel key={id} value={id} className={styles.section ?? ''} tabIndex={-1}>
              {settings === null ? (
                <p className="muted">…</p>
              ) : (
                <Section settings={settings} save={save} errorAt={errorAt} />
              )}
            </Tabs.Panel>
          ))}
        </div>
      </Tabs.Root>
    </Dialog>
  );
}
