import type { SlurmView } from '../../../shared/slurmView.ts';
import type { SlurmTarget } from '../../../shared/slurmSettings.ts';
import { useWindow } from '../../state/window.tsx';
import { FieldError, fieldStyles } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { counted, formatTimeOfDay } from '../../ui/format.ts';
import { LookAtSlurm } from '../gpu/Partitions.tsx';
import { SettingField } from './SettingField.tsx';
import type { SectionProps } from './section.ts';
import styles from './Settings.module.css';

const TARGETS = [
  { value: 'off', label: 'None' },
  { value: 'host', label: 'This host' },
  { value: 'ssh', label: 'Over ssh' },
] as const satisfies readonly { readonly value: SlurmTarget; readonly label: string }[];

/** Which Slurm jobs can be sent to, and what it says of itself. */
export function SlurmSettings({ settings, save, errorAt }: SectionProps) {
  const { slurmTarget } = settings;
  return (
    <>
      <div className={fieldStyles.labelled}>
        <span className={fieldStyles.label}>Where Slurm is</span>
        <RadioPills
          label="Where Slurm is"
          look="pills"
          choices={TARGETS}
          value={slurmTarget}
          onChoose={(target) => save({ slurmTarget: target })}
        />
        <FieldError id="settings-slurm" error={errorAt('slurmTarget')} />
        {slurmTarget === 'off' ? (
          <span className={fieldStyles.help}>With a cluster, a job can be sent there instead of this machine.</span>
        ) : (
          <Found />
        )}
      </div>
      {slurmTarget === 'ssh' ? (
        <SettingField
          label="Host"
          id="settings-slurm-host"
          value={settings.slurmSshHost ?? ''}
          placeholder="alias from your ssh config"
          error={errorAt('slurmSshHost')}
          help="`ssh HOST sinfo` must work without a question: keys and known hosts are ssh’s own."
          onSave={(host) => save({ slurmSshHost: host === '' ? null : host })}
        />
      ) : null}
      {slurmTarget === 'off' ? null : (
        <>
          <SettingField
            label="Folder that its nodes share"
            id="settings-slurm-folder"
            value={settings.slurmFolder ?? ''}
            placeholder={slurmTarget === 'ssh' ? '~/.trainyard there' : 'the data folder of this app'}
            error={errorAt('slurmFolder')}
            help="For the output and files of jobs."
            onSave={(folder) => save({ slurmFolder: folder === '' ? null : folder })}
          />
          <SettingField
            label="Folder of Slurm’s commands"
            id="settings-slurm-commands"
            value={settings.slurmCommands ?? ''}
            placeholder="on PATH"
            error={errorAt('slurmCommands')}
            onSave={(folder) => save({ slurmCommands: folder === '' ? null : folder })}
          />
        </>
      )}
    </>
  );
}

function Found() {
  const slurm = useWindow((state) => state.slurm);
  return (
    <span className={styles.inline}>
      <span className={fieldStyles.help}>{foundWords(slurm)}</span>
      <LookAtSlurm />
    </span>
  );
}

function foundWords({ state, via, cluster, version, partitions, unreachableSince, problem }: SlurmView): string {
  if (state === 'off') return 'Name its host.';
  if (state === 'starting') return `Asking ${via}…`;
  if (state === 'unreachable') {
    const since = unreachableSince === null ? '' : ` since ${formatTimeOfDay(unreachableSince)}`;
    return `Not reachable${since}: ${problem ?? 'no answer'}`;
  }
  return `${cluster ?? 'A cluster'} answers: Slurm ${version ?? '?'}, ${counted(partitions.length, 'partition', 'partitions')}.`;
}
