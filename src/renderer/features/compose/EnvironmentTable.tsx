import { useEffect, useRef, useState } from 'react';
import { isSecret } from '../../../shared/secretNames.ts';
import { Button } from '../../ui/Button.tsx';
import { fieldStyles } from '../../ui/Field.tsx';
import { parseDotEnv } from './dotEnv.ts';
import type { Variable } from './dotEnv.ts';
import type { EnvironmentRow } from './draft.ts';
import { secretHelp } from './secretHelp.ts';
import styles from './Compose.module.css';

/** What is said of the secrets below the table. */
const HELP = 'compose-secrets';

interface EnvironmentTableProps {
  readonly variables: readonly EnvironmentRow[];
  /** Names whose values were not given back: they must be typed again. */
  readonly hidden: readonly string[];
  readonly onChange: (variables: readonly EnvironmentRow[]) => void;
}

/** The variables a job adds to its environment. */
export function EnvironmentTable({ variables, hidden, onChange }: EnvironmentTableProps) {
  const [isPasting, setPasting] = useState(false);
  const body = useRef<HTMLTableSectionElement>(null);
  const count = useRef(variables.length);
  // A row that was just added gets the focus; rows that came by paste do not.
  useEffect(() => {
    const isOneMore = variables.length === count.current + 1 && variables.at(-1)?.name === '';
    count.current = variables.length;
    if (isOneMore) body.current?.querySelector<HTMLInputElement>('tr:last-child input')?.focus();
  }, [variables]);
  const set = (index: number, patch: Partial<EnvironmentRow>) =>
    onChange(variables.map((variable, at) => (at === index ? { ...variable, ...patch } : variable)));
  const help = secretHelp(variables);

  return (
    <div className={fieldStyles.labelled} role="group" aria-label="Environment">
      <span className={fieldStyles.label}>Environment</span>
      {variables.length === 0 ? null : (
        <table className={styles.environment} aria-label="Environment">
          <tbody ref={body}>
            {variables.map((variable, index) => {
              const name = variable.name === '' ? `variable ${index + 1}` : variable.name;
              const isRuled = isSecret(variable.name, variable.value);
              return (
                // Names may be empty or repeat while they are typed; their place is their identity.
                <tr key={index}>
                  <td>
                    <input
                      aria-label={`Variable ${index + 1}`}
                      placeholder="NAME"
                      spellCheck={false}
                      value={variable.name}
                      onChange={(event) => set(index, { name: event.target.value })}
                    />
                  </td>
                  <td>
                    <input
                      aria-label={`Value of ${name}`}
                      type={isRuled || variable.isSecret ? 'password' : 'text'}
                      autoComplete="off"
                      spellCheck={false}
                      placeholder={hidden.includes(variable.name) ? 'was kept secret: type it again' : 'value'}
                      value={variable.value}
                      onChange={(event) => set(index, { value: event.target.value })}
                    />
                  </td>
                  <td className={styles.secret}>
                    <label>
                      <input
                        type="checkbox"
                        aria-label={`Secret: ${name}`}
                        aria-describedby={isRuled ? HELP : undefined}
                        // Not `disabled`: then a keyboard never came here, and nobody heard why it cannot be unticked.
                        aria-disabled={isRuled}
                        checked={isRuled || variable.isSecret}
                        onChange={(event) => (isRuled ? undefined : set(index, { isSecret: event.target.checked }))}
                      />
                      Secret
                    </label>
                  </td>
                  <td>
                    <Button
                      small
                      kind="quiet"
                      icon="close"
                      aria-label={`Remove ${name}`}
                      onClick={() => onChange(variables.filter((_, at) => at !== index))}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {help === null ? null : (
        <span id={HELP} className={styles.help}>
          {help}
        </span>
      )}
      <span className={styles.inline}>
        <Button
          small
          kind="quiet"
          icon="plus"
          onClick={() => onChange([...variables, { name: '', value: '', isSecret: false }])}
        >
          Add variable
        </Button>
        <Button small kind="quiet" aria-expanded={isPasting} onClick={() => setPasting(!isPasting)}>
          Paste .env
        </Button>
      </span>
      {isPasting ? (
        <PasteBox
          onAdd={(added) => {
            const names = added.map(({ name }) => name);
            // A new value of a variable that was ticked is as secret as the old one.
            const ticked = new Set(variables.filter(({ isSecret: is }) => is).map(({ name }) => name));
            const rows = added.map((variable) => ({ ...variable, isSecret: ticked.has(variable.name) }));
            onChange([...variables.filter(({ name }) => !names.includes(name)), ...rows]);
            setPasting(false);
          }}
        />
      ) : null}
    </div>
  );
}

function PasteBox({ onAdd }: { readonly onAdd: (variables: readonly Variable[]) => void }) {
  const [text, setText] = useState('');
  const variables = parseDotEnv(text);
  return (
    <>
      <textarea
        className={`${styles.command} ${styles.paste}`}
        aria-label="Text of a .env file"
        placeholder={'NAME=value\nOTHER="a value"'}
        spellCheck={false}
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <span className={styles.inline}>
        <Button small disabled={variables.length === 0} onClick={() => onAdd(variables)}>
          Add {variables.length === 1 ? '1 variable' : `${variables.length} variables`}
        </Button>
      </span>
    </>
  );
}
