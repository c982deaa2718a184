import { useState } from 'react';
import type { ReactNode } from 'react';
import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import styles from './Settings.module.css';

interface SettingFieldProps {
  readonly label: string;
  readonly id: string;
  /** What the core has. */
  readonly value: string;
  readonly error: string | null;
  readonly width?: number;
  readonly placeholder?: string;
  readonly isNumber?: boolean;
  readonly unit?: string;
  readonly help?: string;
  /** Stands beside the field. */
  readonly children?: ReactNode;
  /** Told what was typed, when the field is left or Enter is pressed. */
  readonly onSave: (text: string) => void;
}

/** One setting that is typed. It is saved when it is left; what was refused stays as it was typed, with the core's word. */
export function SettingField({
  label,
  id,
  value,
  error,
  width,
  placeholder,
  isNumber = false,
  unit,
  help,
  children,
  onSave,
}: SettingFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [known, setKnown] = useState(value);
  // The core took a change: what it has now is what is shown.
  if (known !== value) {
    setKnown(value);
    setTyped(null);
  }
  function save(): void {
    if (typed === null) return;
    if (typed.trim() === value && error === null) setTyped(null);
    else onSave(typed.trim());
  }
  return (
    <Labelled label={label} id={id} error={error} help={help}>
      <span className={styles.inline}>
        <input
          id={id}
          className={`${fieldStyles.field} ${isNumber ? styles.number : ''}`}
          style={width === undefined ? undefined : { width }}
          inputMode={isNumber ? 'decimal' : 'text'}
          spellCheck={false}
          placeholder={placeholder}
          value={typed ?? value}
          {...invalidProps(id, error)}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={save}
          onKeyDown={(event) => (event.key === 'Enter' ? save() : undefined)}
        />
        {unit === undefined ? null : <span className="muted">{unit}</span>}
        {children}
      </span>
    </Labelled>
  );
}
