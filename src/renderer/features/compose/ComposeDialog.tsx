import { useEffect, useRef, useState } from 'react';
import { ApiFailure } from '../../bridge.ts';
import { finishedInOrder } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import type { ComposeStart } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FieldError, Labelled, fieldStyles, invalidProps } from '../../ui/Field.tsx';
import { CommandField } from './CommandField.tsx';
import { FolderField } from './FolderField.tsx';
import { EnvironmentTable } from './EnvironmentTable.tsx';
import { GpuFields } from './GpuFields.tsx';
import { PlaceFields } from './PlaceFields.tsx';
import { RecentCommands } from './RecentCommands.tsx';
import { SameAs } from './SameAs.tsx';
import { StopPolicy } from './StopPolicy.tsx';
import { SlurmFields, TargetChoice } from './TargetFields.tsx';
import { WhatWillHappen } from './WhatWillHappen.tsx';
import { parseCommandLine } from './commandLine.ts';
import { draftOf, formFieldOf, submissionOf, withPolicy } from './draft.ts';
import type { Draft, StopDefaults } from './draft.ts';
import { useProposal } from './useProposal.ts';
import styles from './Compose.module.css';

/** What the form starts from until the settings have been read. */
const SETTINGS_AT_START: StopDefaults = { defaultGraceSeconds: 10, defaultStopSignal: 'SIGTERM' };

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
  const [typed, setDraft] = useState(() => draftOf(start.submission, start.hiddenEnv, folder, SETTINGS_AT_START));
  const [hiddenEnv, setHiddenEnv] = useState(start.hiddenEnv);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setSending] = useState(false);
  const commandBox = useRef<HTMLTextAreaElement>(null);
  const proposal = useProposal(typed.command);
  const draft = withPolicy(typed, settings, proposal.preset);
  const submission = submissionOf(draft);

  useEffect(() => {
    let isShown = true;
    void api
      .request('settings.get', {})
      .then((read) => (isShown ? setSettings(read) : undefined))
      // The form works without the settings; the core fills in what is left out.
      .catch(() => undefined);
    return () => {
      isShown = false;
    };
  }, [api]);

  const onClose = () => store.setState({ compose: null });
  // What is shown is what a change starts from: a chosen grace goes with the signal that stands beside it.
  const change = (patch: Partial<Draft>) =>
    setDraft((now) => ({ ...withPolicy(now, settings, proposal.preset), ...patch }));
  const errorAt = (field: string) => (refusal?.field === field ? refusal.message : null);

  async function send(first: boolean): Promise<void> {
    const { problem } = parseCommandLine(draft.command);
    if (isSending || problem !== null) return;
    setSending(true);
    setRefusal(null);
    try {
      await commands.submit({ ...submission, ...(first ? { first } : {}) });
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
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send(event.shiftKey);
      }}
      footer={
        <>
          {refusal !== null && refusal.field === null ? (
            <span className={styles.refusal} role="alert">
              {refusal.message}
            </span>
          ) : (
            <SameAs submission={submission} />
          )}
          <span className="push" />
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
          <Button title="Ctrl Shift Enter" disabled={isSending || isGone} onClick={() => void send(true)}>
            Start next
          </Button>
          <Button kind="primary" title="Ctrl Enter" disabled={isSending || isGone} onClick={() => void send(false)}>
            Add to queue
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <div className={styles.main}>
          <CommandField
            command={draft.command}
            secretEnv={new Set(submission.secretEnv)}
            error={errorAt('command')}
            box={commandBox}
            onChange={(command) => setDraft((now) => ({ ...now, command }))}
          />
          <div className={styles.two}>
            <FolderField cwd={draft.cwd} error={errorAt('cwd')} onChange={(cwd) => change({ cwd })} />
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
          <TargetChoice draft={draft} error={errorAt('target')} onChange={change} />
          {draft.target === 'slurm' ? (
            <SlurmFields draft={draft} errorAt={errorAt} onChange={change} />
          ) : (
            <GpuFields
              draft={draft}
              gpusError={errorAt('gpus')}
              memoryError={errorAt('gpuMemoryMiB')}
              idsError={errorAt('gpuIds')}
              minError={errorAt('minGpuMemoryMiB')}
              peakMiB={proposal.peakGpuMemoryMiB}
              processes={proposal.processes}
              onChange={change}
            />
          )}
          <EnvironmentTable
            variables={draft.variables}
            hidden={hiddenEnv}
            onChange={(variables) => change({ variables })}
          />
          <FieldError id="compose-env" error={errorAt('env')} />
          <StopPolicy
            draft={draft}
            settings={settings}
            proposed={proposal.preset}
            signalError={errorAt('stopSignal')}
            graceError={errorAt('graceSeconds')}
            onChange={change}
          />
          <PlaceFields
            draft={draft}
            limitError={errorAt('timeLimitSeconds')}
            afterError={errorAt('after')}
            onChange={change}
          />
        </div>
        <RecentCommands
          onChoose={(earlier, hidden) => {
            setDraft(draftOf(earlier, hidden, folder, settings));
            setHiddenEnv(hidden);
          }}
        >
          <WhatWillHappen submission={submission} />
        </RecentCommands>
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
