import type { JobSubmission } from '../../../shared/job.ts';
import { usePreview } from './usePreview.ts';
import styles from './Compose.module.css';

/** What the scheduler would do with the form as it is. */
export function WhatWillHappen({ submission }: { readonly submission: JobSubmission }) {
  const sentences = usePreview(submission);
  if (sentences.length === 0) return null;
  return (
    <section aria-label="What will happen">
      <h3>What will happen</h3>
      <div className={styles.happens}>
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
    </section>
  );
}
