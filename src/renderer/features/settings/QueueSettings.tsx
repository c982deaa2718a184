import type { AfterRestart, WhenDoneAction } from '../../../shared/desktopSettings.ts';
import { STOP_SIGNAL_NAMES } from '../../../shared/signals.ts';
import { ChoiceField } from './ChoiceField.tsx';
import { SettingField } from './SettingField.tsx';
import type { SectionProps } from './section.ts';
import styles from './Settings.module.css';

const AFTER_RESTART: readonly { readonly value: AfterRestart; readonly label: string }[] = [
  { value: 'continue', label: 'goes on as it was left' },
  { value: 'pause', label: 'waits until you press Run' },
];
const WHEN_DONE: readonly { readonly value: WhenDoneAction; readonly label: string }[] = [
  { value: 'nothing', label: 'nothing happens' },
  { value: 'sleep', label: 'the machine goes to sleep' },
  { value: 'shutdown', label: 'the machine shuts down' },
];

/** How many jobs run, how they are stopped, and what comes before and after. */
export function QueueSettings({ settings, save, errorAt }: SectionProps) {
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
        <ChoiceField
          label="Stop signal"
          id="settings-signal"
          choices={STOP_SIGNAL_NAMES.map((signal) => ({ value: signal, label: signal }))}
          value={settings.defaultStopSignal}
          error={errorAt('defaultStopSignal')}
          onChoose={(defaultStopSignal) => save({ defaultStopSignal })}
        />
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
      <div className={styles.two}>
        <ChoiceField
          label="After a start of the app the queue"
          id="settings-restart"
          choices={AFTER_RESTART}
          value={settings.afterRestart}
          error={errorAt('afterRestart')}
          onChoose={(afterRestart) => save({ afterRestart })}
        />
        <ChoiceField
          label="When the last run has ended"
          id="settings-done"
          choices={WHEN_DONE}
          value={settings.whenDone}
          error={errorAt('whenDone')}
          onChoose={(whenDone) => save({ whenDone })}
        />
      </div>
      <p className={styles.help}>
        Runs that are live go on over a restart either way. Sleep and shutdown are counted down first, with a way to
        call them off.
      </p>
    </>
  );
}
