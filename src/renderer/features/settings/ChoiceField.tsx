import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';

interface ChoiceFieldProps<V extends string> {
  readonly id: string;
  readonly label: string;
  readonly help?: string;
  readonly choices: readonly { readonly value: V; readonly label: string }[];
  readonly value: V;
  readonly error: string | null;
  readonly onChoose: (value: V) => void;
}

/** One setting that is one of a few. It is saved as it is chosen. */
export function ChoiceField<V extends string>({
  id,
  label,
  help,
  choices,
  value,
  error,
  onChoose,
}: ChoiceFieldProps<V>) {
  return (
    <Labelled label={label} id={id} error={error} help={help}>
      <select
        id={id}
        className={fieldStyles.field}
        value={value}
        {...invalidProps(id, error)}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen !== undefined) onChoose(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
