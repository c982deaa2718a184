import { useEffect, useRef, useState } from 'react';
import type { CSSProperties } from 'react';
import type { JobView } from '../../../shared/job.ts';
import type { QuitTelling, QuitView, ShellInput } from '../../../shared/shellContract.ts';
import { colourValue } from '../../state/colours.ts';
import { rowStateOf } from '../../state/jobState.ts';
import { useNow, useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog, DialogBody } from '../../ui/Dialog.tsx';
import { Status } from '../../ui/Status.tsx';
import { counted } from '../../ui/format.ts';
import { inDialogOrder, noteBeforeQuit, noteWhileStopping } from './quitRows.ts';
import styles from './QuitDialog.module.css';

type Answer = ShellInput<'shell.answerQuit'>['choice'];

/** The question before quitting while runs are live, and then how far their stops are. Esc stays. */
export function QuitDialog({ turn, view }: QuitTelling) {
  const { api } = useParts();
  // Drawn: the shell asks with a dialog of the desktop where this is not said.
  useEffect(() => void api.request('shell.quitDrawn', { turn }).catch(() => {}), [api, turn]);
  return view.stage === 'asking' ? <Question runs={view.runs} /> : <Stopping view={view} />;
}

function useAnswer(): (choice: Answer, remember?: boolean) => void {
  const { api } = useParts();
  return (choice, remember = false) => void api.request('shell.answerQuit', { choice, remember }).catch(() => {});
}

function Question({ runs }: { readonly runs: readonly number[] }) {
  const answer = useAnswer();
  const keep = useRef<HTMLButtonElement>(null);
  const [remember, setRemember] = useState(false);
  const now = useNow();
  const gpus = useWindow((state) => state.gpus.gpus);
  const queued = useWindow((state) => state.queue.counts.queued);
  const jobs = useJobs(runs);
  return (
    <Dialog
      title={`Quit while ${counted(runs.length, 'run is', 'runs are')} going?`}
      size="small"
      role="alertdialog"
      closeButton={false}
      initialFocus={keep}
      onClose={() => answer('stay')}
      footer={
        <>
          <Button kind="quiet" onClick={() => answer('stay')}>
            Stay
          </Button>
          <span className="push" />
          <Button kind="danger" onClick={() => answer('cancel', remember)}>
            Cancel runs and quit
          </Button>
          <Button ref={keep} kind="primary" onClick={() => answer('keep', remember)}>
            Keep runs going
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          Runs do not need this window. If you keep them going, they go on without it, and the next start finds them
          with their true exit code.
        </p>
        <RunList jobs={jobs} note={(job) => noteBeforeQuit(job, gpus, now)} />
        {queued === 0 ? null : (
          <p className={styles.small}>
            {counted(queued, 'queued job waits', 'queued jobs wait')} until Trainyard is open again, or until you run{' '}
            <code className="nowrap">trainyard serve</code>.
          </p>
        )}
        <label className={styles.remember}>
          <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
          Remember the choice; the settings can change it
        </label>
      </DialogBody>
    </Dialog>
  );
}

function Stopping({ view: { runs, deadlineAt } }: { readonly view: Extract<QuitView, { stage: 'stopping' }> }) {
  const answer = useAnswer();
  const stay = useRef<HTMLButtonElement>(null);
  const now = useNow();
  const jobs = useJobs(runs);
  const secondsLeft = Math.max(0, Math.floor((deadlineAt - now) / 1_000));
  const isOver = now >= deadlineAt;
  return (
    <Dialog
      title={`Stopping ${counted(runs.length, 'run', 'runs')}, then quitting`}
      size="small"
      role="alertdialog"
      closeButton={false}
      initialFocus={stay}
      onClose={() => answer('stay')}
      footer={
        <>
          <Button ref={stay} kind="quiet" onClick={() => answer('stay')}>
            Stay
          </Button>
          <span className="push" />
          <Button kind="danger" disabled={!isOver} onClick={() => answer('now')}>
            {isOver ? 'Quit anyway' : `Quit anyway in ${secondsLeft} s`}
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          {isOver
            ? 'Not everything is gone yet. If you quit anyway, the stops go on without the window, and the next start shows how they ended.'
            : 'Each run has its own stop signal and grace. Trainyard quits when all are gone.'}
        </p>
        <RunList jobs={jobs} note={(job) => noteWhileStopping(job, now)} />
      </DialogBody>
    </Dialog>
  );
}

function useJobs(runs: readonly number[]): readonly JobView[] {
  const openJobs = useWindow((state) => state.openJobs);
  return inDialogOrder(runs.flatMap((id) => openJobs.get(id) ?? []));
}

function RunList({ jobs, note }: { readonly jobs: readonly JobView[]; readonly note: (job: JobView) => string }) {
  const colours = useWindow((state) => state.colours);
  return (
    <ul className={styles.list}>
      {jobs.map((job) => {
        const colour = job.gpus > 0 ? colourValue(colours, job.id) : null;
        return (
          <li key={job.id} data-quit-job={job.id}>
            <Status state={rowStateOf(job)} />
            <span
              className={`${styles.swatch} ${colour === null ? styles.bare : ''}`}
              style={colour === null ? undefined : ({ '--j': colour } as CSSProperties)}
            />
            <span className={styles.id}>#{job.id}</span>
            <span className="cut" title={job.name}>
              {job.name}
            </span>
            <span className={`${styles.note} cut`}>{note(job)}</span>
          </li>
        );
      })}
    </ul>
  );
}
