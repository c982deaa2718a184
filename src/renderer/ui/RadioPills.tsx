import type { KeyboardEvent } from 'react';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.tsx';
import styles from './RadioPills.module.css';

/** One choice of a group of which exactly one, or none yet, is taken. */
export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly icon?: IconName;
  readonly title?: string;
}

interface RadioPillsProps<V extends string> {
  readonly label: string;
  readonly look: 'segments' | 'pills';
  readonly choices: readonly Choice<V>[];
  readonly value: V | null;
  readonly disabled?: boolean;
  readonly onChoose: (value: V) => void;
}

/** A radio group drawn as buttons: one tab stop, arrow keys choose. */
export function RadioPills<V extends string>({
  label,
  look,
  choices,
  value,
  disabled = false,
  onChoose,
}: RadioPillsProps<V>) {
  const stop = choices.some((choice) => choice.value === value) ? value : choices[0]?.value;
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = choices.findIndex((choice) => choice.value === stop);
    const next = (from + step + choices.length) % choices.length;
    const chosen = choices[next];
    const button = event.currentTarget.querySelectorAll('button')[next];
    button?.focus();
    if (chosen !== undefined) onChoose(chosen.value);
  }
  return (
    <div className={styles[look]} role="radiogroup" aria-label={label} onKeyDown={onKeyDown}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          aria-checked={choice.value === value}
          tabIndex={choice.value === stop ? 0 : -1}
          title={choice.title}
          disabled={disabled}
          onClick={() => onChoose(choice.value)}
        >
          {choice.icon === undefined ? null : <Icon name={choice.icon} />}
          {choice.label}
        </button>
      ))}
    </div>
  );
}
