import { useState } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { STOP_SIGNAL_NAMES } from '../../../shared/signals.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import { THEMES, chooseTheme, readTheme } from '../../state/theme.ts';
import type { Theme, ThemePage } from '../../state/theme.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog, DialogBody } from '../../ui/Dialog.tsx';
import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { GpuSettings } from './GpuSettings.tsx';
import { SettingField } from './SettingField.tsx';
import { useSettings } from './useSettings.ts';
import type { SettingsState } from './useSettings.ts';
import styles from './Settings.module.css';

/** What can be set. Each change is saved as it is made; what the core refuses is said at its field. */
export function SettingsDialog() {
  const { store } = useParts();
  const about = useWindow((state) => state.about);
  const { settings, refusal, save, errorAt } = useSettings();
  const onClose = () => store.setState({ settingsOpen: false });
  return (
    <Dialog
      title="Settings"
      size="small"
      onClose={onClose}
      footer={
        <>
          <span className="faint cut" title={about?.dataFolder}>
            {about === null ? '' : `Trainyard ${about.version} · ${about.dataFolder}`}
          </span>
          <span className="push" />
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <DialogBody>
        {refusal !== null && refusal.field === null ? (
          <p className={styles.refusal} role="alert">
            {refusal.message}
          </p>
        ) : null}
        <ThemeChoice page={{ storage: localStorage, root: document.documentElement }} />
        {settings === null ? <p className="muted">…</p> : <Fields settings={settings} save={save} errorAt={errorAt} />}
      </DialogBody>
    </Dialog>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function ThemeChoice({ page }: { readonly page: ThemePage }) {
  const [theme, setTheme] = useState(() => readTheme(page));
  return (
    <div className={fieldStyles.labelled}>
      <span className={fieldStyles.label}>Theme</span>
      <RadioPills
        label="Theme"
        look="pills"
        choices={THEMES.map((value) => ({ value, label: THEME_WORDS[value] }))}
        value={theme}
        onChoose={(next) => {
          chooseTheme(page, next);
          setTheme(next);
        }}
      />
    </div>
  );
}

interface FieldsProps {
  readonly settings: Settings;
  readonly save: SettingsState['save'];
  readonly errorAt: SettingsState['errorAt'];
}

function Fields({ settings, save, errorAt }: FieldsProps) {
  const signalError = errorAt('defaultStopSignal');
  return (
    <>
      <SettingField
        label="CPU slots"
        id="settings-slots"
        value={String(settings.cpuSlots)}
        isNumber
        width={72}
        unit="jobs without a GPU run at the same time"
        error={errorAt('cpuSlots')}
        onSave={(text) => save({ cpuSlots: Number(text) })}
      />
      <div className={styles.two}>
        <Labelled label="Stop signal" id="settings-signal" error={signalError}>
          <select
            id="settings-signal"
            className={fieldStyles.field}
            value={settings.defaultStopSignal}
            {...invalidProps('settings-signal', signalError)}
            onChange={(event) => save({ defaultStopSignal: event.target.value as StopSignal })}
          >
            {STOP_SIGNAL_NAMES.map((signal) => (
              <option key={signal}>{signal}</option>
            ))}
          </select>
        </Labelled>
        <SettingField
          label="Grace before SIGKILL"
          id="settings-grace"
          value={String(settings.defaultGraceSeconds)}
          isNumber
          width={72}
          unit="s"
          error={errorAt('defaultGraceSeconds')}
          onSave={(text) => save({ defaultGraceSeconds: text === '' ? Number.NaN : Number(text) })}
        />
      </div>
      <p className={styles.help}>For new jobs that name none and whose program is not known to want another.</p>
      <GpuSettings settings={settings} save={save} errorAt={errorAt} />
    </>
  );
}
