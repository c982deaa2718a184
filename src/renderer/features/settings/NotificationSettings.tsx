import { NOTIFICATION_KINDS } from '../../../shared/desktopSettings.ts';
import type { NotificationKind } from '../../../shared/desktopSettings.ts';
import { FieldError } from '../../ui/Field.tsx';
import { CheckField } from './CheckField.tsx';
import type { SectionProps } from './section.ts';

const WORDS: Readonly<Record<NotificationKind, { readonly label: string; readonly help?: string }>> = {
  completed: { label: 'A job has completed' },
  failed: { label: 'A job has failed' },
  cancelled: { label: 'A job was cancelled', help: 'Says what is gone, as its receipt does.' },
  stuck: { label: 'A run is stuck', help: 'The kernel does not let go of a process: its GPU is given to nobody.' },
  queueFinished: { label: 'The queue is done', help: 'The last run has ended and nothing waits that could start.' },
  updateReady: { label: 'An update is ready' },
};

/** Which notifications are shown. */
export function NotificationSettings({ settings, save, errorAt }: SectionProps) {
  const { notifications } = settings;
  return (
    <>
      <p className="muted">The desktop tells you when…</p>
      {NOTIFICATION_KINDS.map((kind) => (
        <CheckField
          key={kind}
          id={`settings-notify-${kind}`}
          {...WORDS[kind]}
          isOn={notifications[kind]}
          error={null}
          onChange={(isOn) => save({ notifications: { ...notifications, [kind]: isOn } })}
        />
      ))}
      <FieldError id="settings-notifications" error={errorAt('notifications')} />
    </>
  );
}
