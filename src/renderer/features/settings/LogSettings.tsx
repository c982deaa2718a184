import { useEffect, useState } from 'react';
import type { FilesUsage } from '../../../shared/files.ts';
import type { Settings } from '../../../shared/settings.ts';
import { useParts } from '../../state/window.tsx';
import { counted, formatBytes } from '../../ui/format.ts';
import { SettingField } from './SettingField.tsx';
import type { SectionProps } from './section.ts';
import styles from './Settings.module.css';

/** How long logs are kept, and what they take on disk. */
export function LogSettings({ settings, save, errorAt }: SectionProps) {
  const usage = useUsage(settings);
  return (
    <>
      <p aria-live="polite">{usageWords(usage)}</p>
      <SettingField
        label="Keep logs of finished runs for"
        id="settings-days"
        value={settings.logRetentionDays === null ? '' : String(settings.logRetentionDays)}
        isNumber
        width={88}
        placeholder="for ever"
        unit="days"
        error={errorAt('logRetentionDays')}
        onSave={(text) => save({ logRetentionDays: text === '' ? null : Number(text) })}
      />
      <SettingField
        label="Keep all logs together below"
        id="settings-gib"
        value={settings.logRetentionGiB === null ? '' : String(settings.logRetentionGiB)}
        isNumber
        width={88}
        placeholder="no limit"
        unit="GiB: the oldest go first"
        error={errorAt('logRetentionGiB')}
        onSave={(text) => save({ logRetentionGiB: text === '' ? null : Number(text) })}
      />
      <p className={styles.note}>
        What is too old or too much is removed at once, then each hour: the log, the records and the GPU curves of a
        run. The job, its receipt and its checkpoints stay. A run that is live, or ended within the last hour, keeps its
        log.
      </p>
    </>
  );
}

type Usage = FilesUsage | 'measuring' | 'not known';

/** The disk use, measured when this is opened and after a change of what is kept. */
function useUsage({ logRetentionDays, logRetentionGiB }: Settings): Usage {
  const { api } = useParts();
  const [usage, setUsage] = useState<Usage>('measuring');
  useEffect(() => {
    let isShown = true;
    api.request('files.usage', {}).then(
      (measured) => (isShown ? setUsage(measured) : undefined),
      () => (isShown ? setUsage('not known') : undefined),
    );
    return () => {
      isShown = false;
    };
    // What is kept decides what there is to measure.
    // oxlint-disable-next-line react-hooks/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [api, logRetentionDays, logRetentionGiB]);
  return usage;
}

function usageWords(usage: Usage): string {
  if (usage === 'measuring') return 'The disk use is being measured.';
  if (usage === 'not known') return 'The disk use could not be measured.';
  const { runBytes, keptBytes, runs, freeBytes } = usage;
  const kept =
    keptBytes === 0
      ? ''
      : ` What jobs keep in folders of their own, such as checkpoints, takes ${formatBytes(keptBytes)} more.`;
  const free = freeBytes === null ? '' : ` ${formatBytes(freeBytes)} are free on that disk.`;
  return `The logs and records of ${counted(runs, 'run', 'runs')} take ${formatBytes(runBytes)}.${kept}${free}`;
}
