import { useRef } from 'react';
import type { JobView } from '../../../shared/job.ts';
import { isLive, rowStateOf } from '../../state/jobState.ts';
import { queuedInOrder } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import type { CancelManyQuestion } from '../../state/windowState.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog, DialogBody } from '../../ui/Dialog.tsx';
import { Status } from '../../ui/Status.tsx';
import { counted } from '../../ui/format.ts';
import styles from './CancelManyDialog.module.css';

const NAMED = 5;

/** Asks before many jobs are cancelled: how many, which, and what becomes of the runs. Close is the default. */
export function CancelManyDialog({ which }: { readonly which: CancelManyQuestion }) {
  const { store, commands } = useParts();
  const openJobs = useWindow((state) => state.openJobs);
  const close = useRef<HTMLButtonElement>(null);
  const meant = [...openJobs.values()].filter(({ id }) => typeof which === 'string' || which.includes(id));
  const runs = which === 'queued' ? [] : meant.filter(isLive).sort((a, b) => a.id - b.id);
  const queued = queuedInOrder(meant);
  const jobs: readonly JobView[] = [...runs, ...queued];
  const onClose = () => store.setState({ question: null });
  const what =
    which === 'queued' ? counted(queued.length, 'queued job', 'queued jobs') : counted(jobs.length, 'job', 'jobs');
  return (
    <Dialog
      title={`Cancel ${what}?`}
      size="small"
      role="alertdialog"
      initialFocus={close}
      onClose={onClose}
      footer={
        <>
          <span className="push" />
          <Button kind="danger" disabled={jobs.length === 0} onClick={() => void commands.cancelMany(which)}>
            Cancel {what}
          </Button>
          <Button ref={close} kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          {which === 'queued'
            ? 'They leave the queue at once and never start. Runs go on.'
            : stopWords(runs.length, queued.length)}
        </p>
        <ul className={styles.list}>
          {jobs.slice(0, NAMED).map((job) => (
            <li key={job.id}>
              <Status state={rowStateOf(job)} />
              <span className="faint">#{job.id}</span>
              <span className="cut">{job.name}</span>
            </li>
          ))}
          {jobs.length > NAMED ? <li className="muted">and {jobs.length - NAMED} more</li> : null}
        </ul>
      </DialogBody>
    </Dialog>
  );
}

function stopWords(runs: number, queued: number): string {
  const stops =
    runs === 1
      ? '1 run is stopped with its own stop signal and grace'
      : `${runs} runs are stopped, each with its own stop signal and grace`;
  return queued === 0
    ? `${stops}.`
    : `${stops}; ${counted(queued, 'queued job leaves', 'queued jobs leave')} the queue.`;
}
