import { FieldError } from '../../ui/Field.tsx';
import styles from './Settings.module.css';

interface CheckFieldProps {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly isOn: boolean;
  readonly error: string | null;
  readonly onChange: (isOn: boolean) => void;
}

/** One setting that is on or off. It is saved as it is changed. */
export function CheckField({ id, label, help, isOn, error, onChange }: CheckFieldProps) {
  const about = help === undefined ? {} : { 'aria-describedby': `${id}-help` };
  return (
    <div>
      <label className={styles.check}>
        <input id={id} type="checkbox" checked={isOn} {...about} onChange={(event) => onChange(event.target.checked)} />
        <span>{label}</span>
      </label>
      {help === undefined ? null : (
        <p className={styles.checkHelp} id={`${id}-help`}>
          {help}
        </p>
      )}
      <FieldError id={id} error={error} />
    </div>
  );
}
