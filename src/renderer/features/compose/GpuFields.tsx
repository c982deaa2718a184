import { Button } from '../../ui/Button.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import type { Draft } from './draft.ts';
import styles from './Compose.module.css';

interface GpuFieldsProps {
  readonly draft: Draft;
  readonly gpusError: string | null;
  readonly memoryError: string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** How many GPUs, and how much memory of each. */
export function GpuFields({ draft, gpusError, memoryError, onChange }: GpuFieldsProps) {
  const set = (gpus: number) => onChange({ gpus: Math.max(0, gpus) });
  const isWhole = draft.gpuMemoryGiB.trim() === '';
  return (
    <div className={styles.two}>
      <div className={fieldStyles.labelled}>
        <label className={fieldStyles.label} htmlFor="compose-gpus">
          GPUs
        </label>
        <div className={styles.inline}>
          <span className={styles.stepper}>
            <button
              type="button"
              aria-label="One GPU fewer"
              disabled={draft.gpus === 0}
              onClick={() => set(draft.gpus - 1)}
            >
              <Icon name="minus" />
            </button>
            <input
              id="compose-gpus"
              inputMode="numeric"
              value={draft.gpus}
              {...invalidProps('compose-gpus', gpusError)}
              onChange={(event) => set(Number(event.target.value.replace(/\D/g, '')))}
              onKeyDown={(event) => {
                if (event.key === 'ArrowUp') set(draft.gpus + 1);
                if (event.key === 'ArrowDown') set(draft.gpus - 1);
              }}
            />
            <button type="button" aria-label="One GPU more" onClick={() => set(draft.gpus + 1)}>
              <Icon name="plus" />
            </button>
          </span>
          <span className={styles.help}>{draft.gpus === 0 ? 'runs in a CPU slot' : 'any that are free'}</span>
        </div>
        <FieldError id="compose-gpus" error={gpusError} />
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
      </Labelled>
    </div>
  );
}
