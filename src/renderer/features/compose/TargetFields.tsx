import type { JobTarget } from '../../../shared/jobTargets.ts';
import type { SlurmPartition } from '../../../shared/slurmView.ts';
import { useWindow } from '../../state/window.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { counted, formatDuration } from '../../ui/format.ts';
import { GpuCount } from './GpuCount.tsx';
import type { Draft } from './draft.ts';
import styles from './Compose.module.css';

/** Which places there are to run at; more than one once a Slurm is set up. */
export function TargetChoice({ draft, error, onChange }: ChoiceProps) {
  const via = useWindow(({ slurm }) => slurm.via);
  const isOff = useWindow(({ slurm }) => slurm.state === 'off');
  if (isOff && draft.target === 'local') return null;
  const choices = [
    { value: 'local', label: 'This machine' },
    { value: 'slurm', label: via === '' ? 'Slurm' : `Slurm, ${via}` },
  ] as const satisfies readonly { readonly value: JobTarget; readonly label: string }[];
  return (
    <div className={fieldStyles.labelled}>
      <span className={fieldStyles.label}>Runs on</span>
      <RadioPills
        label="Runs on"
        look="pills"
        choices={choices}
        value={draft.target}
        onChoose={(target) => onChange({ target, gpuIds: [], gpuMemoryGiB: '', minGpuMemoryGiB: '' })}
      />
      <FieldError id="compose-target" error={error} />
    </div>
  );
}

interface ChoiceProps {
  readonly draft: Draft;
  readonly error: string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

interface SlurmFieldsProps {
  readonly draft: Draft;
  readonly errorAt: (field: string) => string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** What is asked of Slurm: GPUs and their type, partition, memory, and anything else sbatch takes. */
export function SlurmFields({ draft, errorAt, onChange }: SlurmFieldsProps) {
  const partitions = useWindow(({ slurm }) => slurm.partitions);
  const chosen = partitions.find(({ name, isDefault }) =>
    draft.partition === '' ? isDefault : name === draft.partition,
  );
  return (
    <>
      <div className={styles.two}>
        <Labelled
          label="Partition"
          id="compose-partition"
          error={errorAt('slurm.partition')}
          help={partitionWords(chosen)}
        >
          <select
            id="compose-partition"
            className={fieldStyles.field}
            value={draft.partition}
            {...invalidProps('compose-partition', errorAt('slurm.partition'))}
            onChange={(event) => onChange({ partition: event.target.value, gpuType: '' })}
          >
            <option value="">the cluster’s default</option>
            {partitions.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
            {draft.partition === '' || partitions.some(({ name }) => name === draft.partition) ? null : (
              <option>{draft.partition}</option>
            )}
          </select>
        </Labelled>
        <div className={fieldStyles.labelled}>
          <label className={fieldStyles.label} htmlFor="compose-gpus">
            GPUs
          </label>
          <span className={styles.inline}>
            <GpuCount gpus={draft.gpus} error={errorAt('gpus')} onChange={(gpus) => onChange({ gpus })} />
            <select
              className={fieldStyles.field}
              aria-label="Type of GPU"
              style={{ width: 112 }}
              disabled={draft.gpus === 0}
              value={draft.gpuType}
              onChange={(event) => onChange({ gpuType: event.target.value })}
            >
              <option value="">any type</option>
              {(chosen?.gpuTypes ?? []).map(({ type }) => (
                <option key={type}>{type}</option>
              ))}
              {draft.gpuType === '' || chosen?.gpuTypes.some(({ type }) => type === draft.gpuType) === true ? null : (
                <option>{draft.gpuType}</option>
              )}
            </select>
          </span>
          <FieldError id="compose-gpus" error={errorAt('gpus') ?? errorAt('slurm.gpuType')} />
        </div>
      </div>
      <div className={styles.two}>
        <Labelled label="Memory of the node" id="compose-node-memory" error={errorAt('slurm.memoryMiB')}>
          <span className={styles.inline}>
            <input
              id="compose-node-memory"
              className={`${fieldStyles.field} ${styles.number}`}
              style={{ width: 72 }}
              inputMode="decimal"
              placeholder="default"
              value={draft.nodeMemoryGiB}
              {...invalidProps('compose-node-memory', errorAt('slurm.memoryMiB'))}
              onChange={(event) => onChange({ nodeMemoryGiB: event.target.value })}
            />
            <span className="muted">GiB</span>
          </span>
        </Labelled>
        <Labelled label="Options for sbatch" id="compose-sbatch" error={errorAt('slurm.args')}>
          <textarea
            id="compose-sbatch"
            className={fieldStyles.field}
            rows={1}
            spellCheck={false}
            placeholder="--qos=high, one on a line"
            value={draft.sbatchArgs}
            {...invalidProps('compose-sbatch', errorAt('slurm.args'))}
            onChange={(event) => onChange({ sbatchArgs: event.target.value })}
          />
        </Labelled>
      </div>
    </>
  );
}

function partitionWords(partition: SlurmPartition | undefined): string | null {
  if (partition === undefined) return null;
  const { name, gpus, isUp, defaultSeconds, maxSeconds } = partition;
  const time =
    defaultSeconds !== null
      ? `${formatDuration(defaultSeconds * 1_000)} unless a limit is set`
      : maxSeconds === null
        ? 'no time limit'
        : `${formatDuration(maxSeconds * 1_000)} at most`;
  const state = isUp ? `${gpus.idle} of ${counted(gpus.total, 'GPU', 'GPUs')} idle` : 'starts nothing now';
  return `${name}: ${state}; ${time}.`;
}
