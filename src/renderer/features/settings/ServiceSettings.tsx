import { useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { parseCommandLine, writeCommandLine } from '../compose/commandLine.ts';
import { CheckField } from './CheckField.tsx';
import { SettingField } from './SettingField.tsx';
import type { SectionProps } from './section.ts';
import styles from './Settings.module.css';

/** What comes in over HTTP, and what is told outside: the webhook and the hook command. */
export function ServiceSettings({ settings, save, errorAt }: SectionProps) {
  const [hookProblem, setHookProblem] = useState<string | null>(null);
  function saveHook(text: string): void {
    const { argv, assignments, problem } = parseCommandLine(text);
    const wrong =
      problem ?? (assignments.length > 0 ? 'Variables cannot be set here: use env NAME=value program.' : null);
    setHookProblem(wrong);
    if (wrong === null) save({ hookCommand: argv.length === 0 ? null : [...argv] });
  }
  return (
    <>
      <CheckField
        id="settings-http"
        label="Answer the terminal and scripts on 127.0.0.1"
        help="Without it trainyard in a terminal does not reach this app. Counts from the next start."
        isOn={settings.httpEnabled}
        error={errorAt('httpEnabled')}
        onChange={(httpEnabled) => save({ httpEnabled })}
      />
      <SettingField
        label="Port"
        id="settings-port"
        value={String(settings.httpPort)}
        isNumber
        width={72}
        unit="0 takes a free one at each start"
        error={errorAt('httpPort')}
        onSave={(text) => save({ httpPort: text === '' ? Number.NaN : Number(text) })}
      />
      <SettingField
        label="Webhook"
        id="settings-webhook"
        value={settings.webhookUrl ?? ''}
        placeholder="https://… is told of each change of a job’s status"
        error={errorAt('webhookUrl')}
        onSave={(text) => save({ webhookUrl: text === '' ? null : text })}
      />
      <SecretField isSet={settings.webhookSecret !== null} error={errorAt('webhookSecret')} save={save} />
      <SettingField
        label="Hook command"
        id="settings-hook"
        value={settings.hookCommand === null ? '' : writeCommandLine(settings.hookCommand)}
        placeholder="a program and its arguments, run at each change"
        error={hookProblem ?? errorAt('hookCommand')}
        help="No shell reads it. It gets the change as JSON on its standard input."
        onSave={saveHook}
      />
    </>
  );
}

interface SecretFieldProps {
  readonly isSet: boolean;
  readonly error: string | null;
  readonly save: SectionProps['save'];
}

/** The webhook's key: it is typed, replaced or removed, and never shown again. */
function SecretField({ isSet, error, save }: SecretFieldProps) {
  const id = 'settings-secret';
  const [typed, setTyped] = useState('');
  function keep(): void {
    if (typed === '') return;
    save({ webhookSecret: typed });
    setTyped('');
  }
  return (
    <Labelled
      label="Webhook key"
      id={id}
      error={error}
      help={isSet ? 'Posts are signed with it. It is not shown again.' : 'Posts are not signed.'}
    >
      <span className={styles.inline}>
        <input
          id={id}
          type="password"
          autoComplete="off"
          className={fieldStyles.field}
          placeholder={isSet ? 'set; type another one to replace it' : 'none'}
          value={typed}
          {...invalidProps(id, error)}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={keep}
          onKeyDown={(event) => (event.key === 'Enter' ? keep() : undefined)}
        />
        {isSet ? <Button onClick={() => save({ webhookSecret: null })}>Remove key</Button> : null}
      </span>
    </Labelled>
  );
}
