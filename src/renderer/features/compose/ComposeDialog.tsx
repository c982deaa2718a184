import { useEffect, useRef, useState } from 'react';
import type { Settings } from '../../../shared/settings.ts';
import { ApiFailure } from '../../bridge.ts';
import { finishedInOrder } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import type { ComposeStart } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { CommandField } from './CommandField.tsx';
import { EnvironmentTable } from './EnvironmentTable.tsx';
import { GpuFields } from './GpuFields.tsx';
import { RecentCommands } from './RecentCommands.tsx';
import { StopPolicy } from './StopPolicy.tsx';
import { parseCommandLine } from './commandLine.ts';
import { draftOf, formFieldOf, submissionOf, withCommand } from './draft.ts';
import type { Draft } from './draft.ts';
import styles from './Compose.module.css';

/** What the form starts from until the settings have been read. */
const SETTINGS_AT_START: Settings = {
  cpuSlots: 1,
  nvidiaSmiPath: null,
  defaultGraceSeconds: 10,
  defaultStopSignal: 'SIGTERM',
};

interface Refusal {
  readonly field: string | null;
  readonly message: string;
}

/** The New run form. What is wrong with a field is the core's sentence, shown at the field. */
export function ComposeDialog({ start }: { readonly start: ComposeStart }) {
  const { store, commands, api } = useParts();
  const folder = useFolderProposal();
  const place = useWindow((state) => state.queue.counts.queued + 1);
  const isGone = useWindow((state) => state.connection !== 'ready');
  const [settings, setSettings] = useState(SETTINGS_AT_START);
  const [draft, setDraft] = useState(() => draftOf(start.submission, start.hiddenEnv, folder, SETTINGS_AT_START));
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  const commandBox = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    let isShown = true;
    void api
      .request('settings.get', {})
      .then((read) => {
        if (!isShown) return;
        setSettings(read);
        setDraft((now) =>
          now.isPolicyChosen ? now : withCommand({ ...now, stopSignal: read.defaultStopSignal }, now.command, read),
        );
      })
      // The form works without the settings; the core fills in what is left out.
      .catch(() => undefined);
    return () => {
      isShown = false;
    };
  }, [api]);

  const onClose = () => store.setState({ compose: null });
  const change = (patch: Partial<Draft>) => setDraft((now) => ({ ...now, ...patch }));
  const errorAt = (field: string) => (refusal?.field === field ? refusal.message : null);

  async function send(): Promise<void> {
    const { problem } = parseCommandLine(draft.command);
    if (isSending || problem !== null) return;
    setSending(true);
    setRefusal(null);
    try {
      await commands.submit(submissionOf(draft));
    } catch (cause) {
      const field = cause instanceof ApiFailure ? formFieldOf(cause.field) : null;
      setRefusal({ field, message: cause instanceof Error ? cause.message : 'The job was not added.' });
      setSending(false);
    }
  }

  return (
    <Dialog
      title="New run"
      size="tall"
      aside={<span className="faint">goes in at place {place} of the queue</span>}
      initialFocus={commandBox}
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
      }}
      footer={
        <>
          {refusal !== null && refusal.field === null ? (
            <span className={styles.refusal} role="alert">
              {refusal.message}
            </span>
          ) : null}
          <span className="push" />
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button kind="primary" title="Ctrl Enter" disabled={isSending || isGone} onClick={() => void send()}>
            Add to queue
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <div className={styles.main}>
          <CommandField
            command={draft.command}
            error={errorAt('command')}
            box={commandBox}
            onChange={(command) => setDraft((now) => withCommand(now, command, settings))}
          />
          <div className={styles.two}>
            <Labelled label="Folder" id="compose-cwd" error={errorAt('cwd')}>
              <input
                id="compose-cwd"
                className={`${fieldStyles.field} mono`}
                value={draft.cwd}
                spellCheck={false}
                {...invalidProps('compose-cwd', errorAt('cwd'))}
                onChange={(event) => change({ cwd: event.target.value })}
              />
            </Labelled>
            <Labelled label="Name" id="compose-name" error={errorAt('name')}>
              <input
                id="compose-name"
                className={fieldStyles.field}
                value={draft.name}
                placeholder="from the command"
                spellCheck={false}
                {...invalidProps('compose-name', errorAt('name'))}
                onChange={(event) => change({ name: event.target.value })}
              />
            </Labelled>
          </div>
          <GpuFields
            draft={draft}
            gpusError={errorAt('gpus')}
            memoryError={errorAt('gpuMemoryMiB')}
            onChange={change}
          />
          <EnvironmentTable
            variables={draft.variables}
            hidden={start.hiddenEnv}
            onChange={(variables) => change({ variables })}
          />
          <FieldError id="compose-env" error={errorAt('env')} />
          <StopPolicy
            draft={draft}
            settings={settings}
            signalError={errorAt('stopSignal')}
            graceError={errorAt('graceSeconds')}
            onChange={change}
          />
        </div>
        <RecentCommands
          onChoose={(submission, hiddenEnv) => setDraft(draftOf(submission, hiddenEnv, folder, settings))}
        />
      </div>
    </Dialog>
  );
}

/** The folder of the latest job, else the home folder. */
function useFolderProposal(): string {
  return useWindow((state) => {
    const latestOpen = Math.max(0, ...state.openJobs.keys());
    return (
      state.openJobs.get(latestOpen)?.cwd ??
      finishedInOrder(state.finishedJobs)[0]?.cwd ??
      state.about?.homeFolder ??
      ''
    );
  });
}
