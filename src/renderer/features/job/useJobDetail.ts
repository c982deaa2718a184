import { useEffect, useState } from 'react';
import type { JobDetail, JobView } from '../../../shared/job.ts';
import { useParts } from '../../state/window.tsx';

/** What is known of a job's details: nothing yet, everything, or why not. */
export type DetailState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known'; readonly detail: JobDetail; readonly stateKey: string }
  | { readonly kind: 'refused'; readonly message: string };

const READ_AGAIN_MS = 500;

/** The details of `job`, asked for again whenever its state changes (not for each progress line). */
export function useJobDetail(job: JobView): DetailState {
  const { api } = useParts();
  const [state, setState] = useState<DetailState>({ kind: 'waiting' });
  const { id } = job;
  // Stands for the parts of the job that change its details.
  const [turn, setTurn] = useState(0);
  const stateKey = [turn, job.status, job.attempt, job.startedAt, job.stop?.stage, job.stop?.deadlineAt].join(' ');
  useEffect(() => {
    let isShown = true;
    api.request('jobs.get', { jobId: id }).then(
      (detail) => (isShown ? setState({ kind: 'known', detail, stateKey }) : undefined),
      (cause: unknown) =>
        isShown
          ? setState({ kind: 'refused', message: cause instanceof Error ? cause.message : 'not known' })
          : undefined,
    );
    return () => {
      isShown = false;
    };
  }, [api, id, stateKey]);
  // Git answers a moment after the submit: until then what is known of the commit is that it is being read.
  const isReading = state.kind === 'known' && state.detail.git?.kind === 'reading';
  useEffect(() => {
    if (!isReading) return undefined;
    const timer = setTimeout(() => setTurn((count) => count + 1), READ_AGAIN_MS);
    return () => clearTimeout(timer);
    // Each answer that still says so is asked about again.
    // oxlint-disable-next-line react-hooks/exhaustive-deps, react/exhaustive-effect-dependencies
  }, [isReading, state]);
  return state;
}
