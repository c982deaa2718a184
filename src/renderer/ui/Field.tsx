import type { ReactNode } from 'react';
import styles from './Field.module.css';

/** Class names of controls that are not buttons. */
export const fieldStyles = styles;

interface LabelledProps {
  readonly label: string;
  /** Id of the control the label names; the texts below are `${id}-help` and `${id}-error`. */
  readonly id: string;
  readonly help?: ReactNode;
  /** The core's sentence about this field, or null. */
  readonly error?: string | null;
  readonly children: ReactNode;
}

/** A control with its label above, help below, and the refusal about it where it happened. */
export function Labelled({ label, id, help, error = null, children }: LabelledProps) {
  return (
    <div className={styles.labelled}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children}
      <FieldError id={id} error={error} />
      {help === undefined || help === null ? null : (
        <span className={styles.help} id={`${id}-help`}>
          {help}
        </span>
      )}
    </div>
  );
}

/** The refusal about a field; read out when it appears. */
export function FieldError({ id, error }: { readonly id: string; readonly error: string | null }) {
  return error === null ? null : (
    <span className={styles.error} id={`${id}-error`} role="alert">
      {error}
    </span>
  );
}

/** The attributes that tie a control to its refusal. */
export function invalidProps(
  id: string,
  error: string | null,
): { readonly 'aria-invalid'?: true; readonly 'aria-describedby'?: string } {
  return error === null ? {} : { 'aria-invalid': true, 'aria-describedby': `${id}-error` };
}
