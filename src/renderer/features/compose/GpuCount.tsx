import { Icon } from '../../ui/Icon.tsx';
import { invalidProps } from '../../ui/Field.tsx';
import styles from './Compose.module.css';

interface GpuCountProps {
  readonly gpus: number;
  readonly error: string | null;
  readonly onChange: (gpus: number) => void;
}

/** How many GPUs: a number with a button on each side. Its label names `compose-gpus`. */
export function GpuCount({ gpus, error, onChange }: GpuCountProps) {
  const set = (next: number) => onChange(Math.max(0, next));
  return (
    <span className={styles.stepper}>
      <button type="button" aria-label="One GPU fewer" disabled={gpus === 0} onClick={() => set(gpus - 1)}>
        <Icon name="minus" />
      </button>
      <input
        id="compose-gpus"
        inputMode="numeric"
        value={gpus}
        {...invalidProps('compose-gpus', error)}
        onChange={(event) => set(Number(event.target.value.replace(/\D/g, '')))}
        onKeyDown={(event) => {
          if (event.key === 'ArrowUp') set(gpus + 1);
          if (event.key === 'ArrowDown') set(gpus - 1);
        }}
      />
      <button type="button" aria-label="One GPU more" onClick={() => set(gpus + 1)}>
        <Icon name="plus" />
      </button>
    </span>
  );
}
