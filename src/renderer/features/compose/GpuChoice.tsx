import { useWindow } from '../../state/window.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { formatGiB } from '../../ui/format.ts';
import type { Draft } from './draft.ts';
import styles from './Compose.module.css';

interface GpuChoiceProps {
  readonly draft: Draft;
  /** The cards are chosen one by one. */
  readonly isChoosing: boolean;
  readonly idsError: string | null;
  readonly minError: string | null;
  readonly onChange: (patch: Partial<Draft>) => void;
}

/** Which GPUs will do: those with a tick, or all with so much memory. */
export function GpuChoice({ draft, isChoosing, idsError, minError, onChange }: GpuChoiceProps) {
  if (isChoosing) return <Cards draft={draft} error={idsError} onChange={onChange} />;
  return (
    <Labelled
      label="GPU memory at least"
      id="compose-min-memory"
      error={minError}
      help="Only GPUs with so much memory in all."
    >
      <span className={styles.inline}>
        <input
          id="compose-min-memory"
          className={`${fieldStyles.field} ${styles.number}`}
          style={{ width: 72 }}
          inputMode="decimal"
          placeholder="any"
          value={draft.minGpuMemoryGiB}
          {...invalidProps('compose-min-memory', minError)}
          onChange={(event) => onChange({ minGpuMemoryGiB: event.target.value })}
        />
        <span className="muted">GiB</span>
      </span>
    </Labelled>
  );
}

function Cards({
  draft,
  error,
  onChange,
}: Pick<GpuChoiceProps, 'draft' | 'onChange'> & { readonly error: string | null }) {
  const gpus = useWindow((state) => state.gpus.gpus);
  const toggle = (uuid: string, isChosen: boolean) =>
    onChange({ gpuIds: isChosen ? [...draft.gpuIds, uuid] : draft.gpuIds.filter((id) => id !== uuid) });
  const missing = draft.gpuIds.filter((id) => gpus.every(({ uuid }) => uuid !== id));
  return (
    <fieldset className={fieldStyles.labelled} {...invalidProps('compose-cards', error)}>
      <legend className={fieldStyles.label}>Any of these GPUs</legend>
      <div className={styles.cards}>
        {gpus.map(({ uuid, index, name, memoryTotalMiB, quarantine }, place) => (
          <label key={uuid} className={styles.check} title={quarantine ?? uuid}>
            <input
              type="checkbox"
              checked={draft.gpuIds.includes(uuid)}
              onChange={(event) => toggle(uuid, event.target.checked)}
            />
            <span className="medium nowrap">GPU {index ?? place}</span>
            <span className="faint cut">
              {name ?? 'unknown'}
              {memoryTotalMiB === null ? '' : `, ${formatGiB(memoryTotalMiB)} GiB`}
            </span>
          </label>
        ))}
        {missing.map((uuid) => (
          <label key={uuid} className={styles.check}>
            <input type="checkbox" checked onChange={() => toggle(uuid, false)} />
            <span className="cut">{uuid}, not here now</span>
          </label>
        ))}
      </div>
      <FieldError id="compose-cards" error={error} />
      {draft.gpuIds.length === 0 ? <span className={fieldStyles.help}>None is chosen: any GPU will do.</span> : null}
    </fieldset>
  );
}
