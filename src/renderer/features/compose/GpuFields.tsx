import { useState } from 'react';
import { useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { RadioPills } from '../../ui/RadioPills.tsx';
import { counted, formatGiB } from '../../ui/format.ts';
import { GpuChoice } from './GpuChoice.tsx';
import { GpuCount } from './GpuCount.tsx';
import { memoryProposalGiB } from './draft.ts';
import type { Draft } from './draft.ts';
import styles from './Compose.module.css';

interface GpuFieldsProps {
  readonly draft: Draft;
  readonly gpusError: string | null;
  readonly memoryError: string | null;
  readonly idsError: string | null;
  readonly minError: string | null;
  /** The most memory the last run of the command was seen to use on one GPU, or null. */
  readonly peakMiB: number | null;
  /** How many processes the command's launcher is told to start, or null. */
  readonly processes: number | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

const WHICH = [
  { value: 'any', label: 'Any' },
  { value: 'chosen', label: 'Choose…' },
] as const;

/** How many GPUs, which, and how much memory of each. */
export function GpuFields(props: GpuFieldsProps) {
  const { draft, gpusError, memoryError, idsError, minError, peakMiB, processes, onChange } = props;
  const hasGpus = useWindow((state) => state.gpus.gpus.length > 0);
  const [isOpen, setOpen] = useState(false);
  const isChoosing = isOpen || draft.gpuIds.length > 0;
  const set = (gpus: number) => onChange({ gpus: Math.max(0, gpus) });
  const isWhole = draft.gpuMemoryGiB.trim() === '';
  const proposed = peakMiB === null ? null : memoryProposalGiB(peakMiB);
  return (
    <>
      <div className={styles.two}>
        <div className={fieldStyles.labelled}>
          <label className={fieldStyles.label} htmlFor="compose-gpus">
            GPUs
          </label>
          <div className={styles.inline}>
            <GpuCount gpus={draft.gpus} error={gpusError} onChange={set} />
            {draft.gpus === 0 || !(hasGpus || isChoosing) ? (
              <span className={styles.help}>{draft.gpus === 0 ? 'runs in a CPU slot' : 'any that are free'}</span>
            ) : (
              <RadioPills
                label="Which GPUs"
                look="pills"
                choices={WHICH}
                value={isChoosing ? 'chosen' : 'any'}
                onChoose={(which) => {
                  setOpen(which === 'chosen');
                  onChange(which === 'any' ? { gpuIds: [] } : { minGpuMemoryGiB: '' });
                }}
              />
            )}
          </div>
          <FieldError id="compose-gpus" error={gpusError} />
          {processes === null ? null : (
            <span className={styles.inline}>
              <span className={styles.help}>
                The command starts {counted(processes, 'process', 'processes')}: one GPU each.
              </span>
              {draft.gpus === processes ? null : (
                <Button small onClick={() => set(processes)}>
                  Use {counted(processes, 'GPU', 'GPUs')}
                </Button>
              )}
            </span>
          )}
        </div>
        <Labelled
          label="Memory per GPU"
          id="compose-memory"
          error={memoryError}
          help={
            draft.gpus === 0
              ? null
              : isWhole
                ? 'Whole GPUs: nothing else is started on them.'
                : 'Leaves room for others on the same GPU.'
          }
        >
          <span className={styles.inline}>
            <input
              id="compose-memory"
              className={`${fieldStyles.field} ${styles.number}`}
              style={{ width: 72 }}
              inputMode="decimal"
              value={draft.gpuMemoryGiB}
              placeholder="whole"
              disabled={draft.gpus === 0}
              {...invalidProps('compose-memory', memoryError)}
              onChange={(event) => onChange({ gpuMemoryGiB: event.target.value })}
            />
            <span className="muted">GiB</span>
            <Button small kind="quiet" disabled={isWhole} onClick={() => onChange({ gpuMemoryGiB: '' })}>
              Whole GPU
            </Button>
          </span>
          {draft.gpus === 0 || peakMiB === null || proposed === null ? null : (
            <span className={styles.inline}>
              <span className={styles.help}>The last run peaked at {formatGiB(peakMiB)} GiB.</span>
              {draft.gpuMemoryGiB === proposed ? null : (
                <Button small onClick={() => onChange({ gpuMemoryGiB: proposed })}>
                  Use {proposed} GiB
                </Button>
              )}
            </span>
          )}
        </Labelled>
      </div>
      {draft.gpus === 0 ? null : (
        <GpuChoice draft={draft} isChoosing={isChoosing} idsError={idsError} minError={minError} onChange={onChange} />
      )}
    </>
  );
}
