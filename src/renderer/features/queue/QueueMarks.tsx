import type { JobView } from '../../../shared/job.ts';
import styles from './JobRow.module.css';

/** What a person decided about a queued job's turn: held, a priority that is not the usual one. */
export function QueueMarks({ job }: { readonly job: JobView }) {
  if (job.status !== 'queued') return null;
  return (
    <>
      {job.held ? <span className={`${styles.chip} ${styles.heldMark}`}>Held</span> : null}
      {job.priority === 0 ? null : (
        <span className={styles.chip} title={`Priority ${job.priority}: higher ones start first`}>
          priority {job.priority > 0 ? `+${job.priority}` : job.priority}
        </span>
      )}
    </>
  );
}
