import type { JobSubmission } from '../../../shared/job.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { sameAsLine } from './sameAs.ts';
import styles from './Compose.module.css';

/** The form as one line for a terminal, to be copied; nothing while there is no command. */
export function SameAs({ submission }: { readonly submission: JobSubmission }) {
  if (submission.command.length === 0) return null;
  const line = sameAsLine(submission);
  return (
    <span className={styles.same}>
      <span className="faint nowrap">Same as</span>
      <span className={styles.token} title={line}>
        {line}
      </span>
      <CopyButton label="Copy as a line for the terminal" text={() => line} />
    </span>
  );
}
