import type { MouseEvent } from 'react';
import type { JobView } from '../../../shared/job.ts';
import type { RowState } from '../../state/jobState.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';

/** The buttons of a row. Cancel and Force now are one button, so that the focus stays on it through a stop. */
export function RowActions({ job, state }: { readonly job: JobView; readonly state: RowState }) {
  const { store, commands } = useParts();
  const isGone = useWindow((window) => window.connection !== 'ready');
  const isBusy = useWindow((window) => window.busyJobs.has(job.id));
  const name = `#${job.id}`;
  const show = (tab: 'details' | 'receipt') => store.setState({ selectedId: job.id, panelOpen: true, tab });

  if (state === 'completed' || state === 'failed' || state === 'cancelled') {
    return (
      <>
        {state === 'cancelled' && job.startedAt !== null ? (
          <Button kind="quiet" small aria-label={`Receipt of ${name}`} onClick={() => show('receipt')}>
            Receipt
          </Button>
        ) : null}
        <Button
          kind="quiet"
          small
          aria-label={`Run ${name} again`}
          title="Opens New run filled in. With Shift: adds it without asking"
          disabled={isGone}
          onClick={(event) => void commands.runAgain(job, event.shiftKey)}
        >
          Run again
        </Button>
        <Button
          kind="quiet"
          small
          icon="again"
          aria-label={`Requeue ${name}`}
          title="Requeue: the same job, a new run"
          disabled={isGone || isBusy}
          onClick={() => void commands.requeue(job.id)}
        />
      </>
    );
  }
  const isStopping = state === 'cancelling' || state === 'stuck';
  const isKilling = job.stop !== null && job.stop.stage !== 'asked' && job.stop.stage !== 'terminating';
  function onStop(event: MouseEvent): void {
    // The second half of a double click is not a decision to kill.
    if (event.detail > 1) return;
    void commands.cancel(job.id, isStopping || (isBusy && state !== 'queued'));
  }
  return (
    <>
      {job.status === 'queued' && job.held ? (
        <Button
          kind="quiet"
          small
          aria-label={`Release ${name}`}
          title="Lets it start when its turn comes"
          disabled={isGone}
          onClick={() => void commands.place(job.id, { held: false })}
        >
          Release
        </Button>
      ) : null}
      <Button
        key="stop"
        kind={isStopping ? 'danger' : 'default'}
        small
        aria-label={isStopping ? `Force ${name} now` : `Cancel ${name}`}
        title={isStopping ? 'SIGKILL to every process that is left' : undefined}
        disabled={isGone}
        onClick={onStop}
      >
        {isStopping ? 'Force now' : 'Cancel'}
      </Button>
      {state === 'cancelling' ? (
        <Button
          small
          aria-label={`Wait longer for ${name}`}
          title={`Adds ${job.graceSeconds} s once more`}
          disabled={isGone || isKilling}
          onClick={(event) => (event.detail > 1 ? undefined : void commands.extend(job.id))}
        >
          Wait longer
        </Button>
      ) : null}
      {state === 'stuck' ? (
        <Button small aria-label={`Details of ${name}`} onClick={() => show('details')}>
          Details
        </Button>
      ) : null}
    </>
  );
}
