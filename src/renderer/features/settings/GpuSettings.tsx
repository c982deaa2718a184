import { useWindow } from '../../state/window.tsx';
import { FieldError, fieldStyles } from '../../ui/Field.tsx';
import { counted, formatGiB } from '../../ui/format.ts';
import { LookAgain } from '../gpu/GpuStrip.tsx';
import { SettingField } from './SettingField.tsx';
import type { SectionProps } from './section.ts';
import styles from './Settings.module.css';

/** Where nvidia-smi is, which GPUs jobs may use, and when others make one busy. */
export function GpuSettings({ settings, save, errorAt }: SectionProps) {
  const found = useWindow(({ gpus }) =>
    gpus.state === 'starting'
      ? 'Looking for GPUs…'
      : gpus.gpus.length === 0
        ? (gpus.failure?.message ?? 'No NVIDIA GPU answered.')
        : `${counted(gpus.gpus.length, 'GPU answers', 'GPUs answer')}.`,
  );
  return (
    <>
      <SettingField
        label="Path of nvidia-smi"
        id="settings-smi"
        value={settings.nvidiaSmiPath ?? ''}
        placeholder="looked for on PATH and in the usual places"
        error={errorAt('nvidiaSmiPath')}
        help={found}
        onSave={(path) => save({ nvidiaSmiPath: path === '' ? null : path })}
      >
        <LookAgain />
      </SettingField>
      <AllowedGpus denied={settings.deniedGpus} error={errorAt('deniedGpus')} save={save} />
      <SettingField
        label="A GPU is busy when others hold"
        id="settings-foreign"
        value={String(settings.foreignThresholdMiB)}
        isNumber
        width={72}
        unit="MiB or more"
        error={errorAt('foreignThresholdMiB')}
        onSave={(text) => save({ foreignThresholdMiB: Number(text) })}
      />
    </>
  );
}

interface AllowedGpusProps {
  readonly denied: readonly string[];
  readonly error: string | null;
  readonly save: SectionProps['save'];
}

function AllowedGpus({ denied, error, save }: AllowedGpusProps) {
  const gpus = useWindow((state) => state.gpus.gpus);
  const away = denied.filter((id) => gpus.every(({ uuid }) => uuid !== id));
  const allow = (uuid: string, isAllowed: boolean) =>
    save({ deniedGpus: isAllowed ? denied.filter((id) => id !== uuid) : [...denied, uuid] });
  if (gpus.length === 0 && away.length === 0) return null;
  return (
    <fieldset className={fieldStyles.labelled}>
      <legend className={fieldStyles.label}>GPUs that jobs may use</legend>
      {gpus.map(({ uuid, index, name, memoryTotalMiB }, place) => (
        <label key={uuid} className={styles.check} title={uuid}>
          <input
            type="checkbox"
            checked={!denied.includes(uuid)}
            onChange={(event) => allow(uuid, event.target.checked)}
          />
          <span className="medium nowrap">GPU {index ?? place}</span>
          <span className="faint cut">
            {name ?? 'unknown'}
            {memoryTotalMiB === null ? '' : `, ${formatGiB(memoryTotalMiB)} GiB`}
          </span>
        </label>
      ))}
      {away.map((uuid) => (
        <label key={uuid} className={styles.check}>
          <input type="checkbox" checked={false} onChange={() => allow(uuid, true)} />
          <span className="faint cut">{uuid}, not here now</span>
        </label>
      ))}
      <FieldError id="settings-denied" error={error} />
    </fieldset>
  );
}
