import { useEffect, useMemo, useRef, useState } from 'react';
import { rowStateOf } from '../../state/jobState.ts';
import { jobOf } from '../../state/rows.ts';
import { useParts, useWindow } from '../../state/window.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog, DialogBody } from '../../ui/Dialog.tsx';
import { Status } from '../../ui/Status.tsx';
import { counted, formatBytes } from '../../ui/format.ts';
import styles from './CancelManyDialog.module.css';

const NAMED = 5;
/** The core measures no more jobs by one request. */
const MEASURED_AT_ONCE = 10_000;

/** Asks before finished jobs are deleted with their files: how many, which, and what that frees. Close is the default. */
export function DeleteDialog({ jobIds }: { readonly jobIds: readonly number[] }) {
  const { store, commands } = useParts();
  const finishedJobs = useWindow((state) => state.finishedJobs);
  const isGone = useWindow((state) => state.connection !== 'ready');
  const [isDeleting, setDeleting] = useState(false);
  const close = useRef<HTMLButtonElement>(null);
  const bytes = useBytes(jobIds);
  // Those that are deleted leave the list while the dialog is still there.
  const named = useMemo(
    () => jobIds.slice(0, NAMED).flatMap((id) => jobOf(store.getState(), id) ?? []),
    [jobIds, store],
  );
  const what = counted(jobIds.length, 'job', 'jobs');
  const onClose = () => (isDeleting ? undefined : store.setState({ deletion: null }));
  return (
    <Dialog
      title={`Delete ${what}?`}
      size="small"
      role="alertdialog"
      initialFocus={close}
      finalFocus={() => rowOf(store.getState().selectedId)}
      onClose={onClose}
      footer={
        <>
          <span className="push" />
          <Button
            kind="danger"
            disabled={isDeleting || isGone}
            onClick={() => {
              setDeleting(true);
              void commands.deleteJobs(jobIds).finally(() => setDeleting(false));
            }}
          >
            Delete {what}
          </Button>
          <Button ref={close} kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          {bytes === null ? 'What this frees is being measured' : `This frees ${formatBytes(bytes)}`}:{' '}
          {jobIds.length === 1 ? 'its log, its records' : 'their logs, their records'} and what{' '}
          {jobIds.length === 1 ? 'it' : 'they'} kept in{' '}
          {jobIds.length === 1 ? 'its own folder' : 'folders of their own'}, such as checkpoints. Files elsewhere stay.{' '}
          <b className="bold">It cannot be undone.</b>
        </p>
        <ul className={styles.list}>
          {named.map((job) => (
            <li key={job.id}>
              <Status state={rowStateOf(finishedJobs.get(job.id) ?? job)} />
              <span className="faint">#{job.id}</span>
              <span className="cut">{job.name}</span>
            </li>
          ))}
          {jobIds.length > named.length ? <li className="muted">and {jobIds.length - named.length} more</li> : null}
        </ul>
      </DialogBody>
    </Dialog>
  );
}

/** What deleting the jobs frees; null until it is measured. */
function useBytes(jobIds: readonly number[]): number | null {
  const { api } = useParts();
  const [bytes, setBytes] = useState<number | null>(null);
  useEffect(() => {
    const closing = new AbortController();
    async function measure(): Promise<void> {
      let sum = 0;
      for (let from = 0; from < jobIds.length && !closing.signal.aborted; from += MEASURED_AT_ONCE)
        sum += (await api.request('jobs.bytes', { jobs: jobIds.slice(from, from + MEASURED_AT_ONCE) })).bytes;
      if (!closing.signal.aborted) setBytes(sum);
    }
    // Not measured, it says so; that is no reason not to delete.
    measure().catch(() => {});
    return () => closing.abort();
  }, [api, jobIds]);
  return bytes;
}

function rowOf(jobId: number | null): HTMLElement | null {
  return (
    document.querySelector<HTMLElement>(`[data-job-id="${jobId}"]`) ??
    document.querySelector<HTMLElement>('[data-region="jobs"]')
  );
}
