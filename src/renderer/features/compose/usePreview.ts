import { useEffect, useState } from 'react';
import type { JobSubmission } from '../../../shared/job.ts';
import { useParts, useWindow } from '../../state/window.tsx';

/** A pause in typing of this length asks the core what would become of it. */
const DEBOUNCE_MS = 300;
const NOTHING: readonly string[] = [];

/** What would become of the submission if it were added now, in the core's sentences; nothing while it would be refused. */
export function usePreview(submission: JobSubmission): readonly string[] {
  const { api } = useParts();
  const [sentences, setSentences] = useState(NOTHING);
  // What is asked is the same while its words are; what it would wait for changes with the queue.
  const key = JSON.stringify(submission);
  const mode = useWindow((state) => state.queue.mode);
  const counts = useWindow((state) => state.queue.counts);
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      const asked = JSON.parse(key) as JobSubmission;
      if (asked.command.length === 0) setSentences(NOTHING);
      else
        api.request('jobs.preview', asked).then(
          (answer) => (isWanted ? setSentences(answer.sentences) : undefined),
          () => (isWanted ? setSentences(NOTHING) : undefined),
        );
    }, DEBOUNCE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
    // The queue's mode and counts are not read: they say when the answer may be another.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [api, key, mode, counts]);
  return sentences;
}
