import type { RefObject } from 'react';
import { isKeptSecret } from '../../../shared/secretNames.ts';
import { Labelled, invalidProps } from '../../ui/Field.tsx';
import { parseCommandLine } from './commandLine.ts';
import type { CommandLine } from './commandLine.ts';
import styles from './Compose.module.css';

interface CommandFieldProps {
  readonly command: string;
  /** Variables that a person called secret: a value that the command gives one of them is hidden below it. */
  readonly secretEnv: ReadonlySet<string>;
  readonly error: string | null;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  readonly onChange: (command: string) => void;
}

/** More words than this are not drawn one by one. */
const WORDS_SHOWN = 200;

/** The command as it is typed, and below it how it is read: nothing runs it through a shell. */
export function CommandField({ command, secretEnv, error, box, onChange }: CommandFieldProps) {
  const line = parseCommandLine(command);
  const shown = error ?? line.problem;
  return (
    <Labelled label="Command" id="compose-command" error={shown}>
      <textarea
        id="compose-command"
        ref={box}
        className={styles.command}
        value={command}
        rows={2}
        spellCheck={false}
        autoCapitalize="off"
        placeholder="python train.py --epochs 10"
        {...invalidProps('compose-command', shown)}
        onChange={(event) => onChange(event.target.value)}
      />
      <Words line={line} secretEnv={secretEnv} />
      <span className={styles.help}>{helpFor(line)}</span>
    </Labelled>
  );
}

function Words({ line, secretEnv }: { readonly line: CommandLine; readonly secretEnv: ReadonlySet<string> }) {
  const [program, ...rest] = line.argv;
  if (program === undefined && line.assignments.length === 0) return null;
  return (
    <div className={styles.argv} role="group" aria-label="How the command is read">
      <span className="faint">Runs as</span>
      {line.assignments.map(({ name, value }, index) => (
        <span key={`${index} ${name}`} className={`${styles.token} ${styles.moved}`}>
          {name}={isKeptSecret(secretEnv, name, value) ? '••••' : value}
        </span>
      ))}
      {program === undefined ? null : <span className={`${styles.token} ${styles.program}`}>{program}</span>}
      {rest.slice(0, WORDS_SHOWN).map((word, index) => (
        // Words may repeat; their place is their identity.
        <span key={index} className={styles.token}>
          {word === '' ? "''" : word}
        </span>
      ))}
      {rest.length > WORDS_SHOWN ? <span className="faint">and {rest.length - WORDS_SHOWN} more</span> : null}
    </div>
  );
}

function helpFor({ literal, assignments }: CommandLine): string {
  const kept =
    literal.length === 0
      ? 'No shell: pipes, globs and $VAR stay as written.'
      : `No shell runs this: ${literal.join(' ')} ${literal.length === 1 ? 'stays' : 'stay'} as written.`;
  if (assignments.length === 0) return kept;
  return `${kept} ${assignments.map(({ name }) => name).join(', ')} ${assignments.length === 1 ? 'goes' : 'go'} to the environment.`;
}
