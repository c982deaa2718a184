import type { Change } from '../../../shared/contract.ts';
import type { Notice } from './notice.ts';

const ENDS = ['completed', 'failed', 'cancelled'] as const;
type End = (typeof ENDS)[number];

/** How the runs ended since the queue was last at rest. */
export type Tally = Readonly<Record<End, number>>;

/** Nothing has run yet. */
export const NO_RUNS: Tally = { completed: 0, failed: 0, cancelled: 0 };

/** The tally after a change and, when that was the last of a stretch of work, what to tell about it. */
export interface QueueEnd {
  readonly tally: Tally;
  readonly finished: { readonly runs: number; readonly notice: Notice } | null;
}

/**
 * Counts the ends of runs. The queue has finished when no run is live, and nothing waits or nothing new is started (Drain and
 * Pause).
 */
export function afterChange(tally: Tally, { kind, job, queue }: Change): QueueEnd {
  if (kind !== 'job.ended' || job === null) return { tally, finished: null };
  const end = ENDS.find((name) => name === job.status);
  // A job that left the queue has not run.
  const counted = end === undefined || job.startedAt === null ? tally : { ...tally, [end]: tally[end] + 1 };
  const runs = ENDS.reduce((sum, name) => sum + counted[name], 0);
  const { pending, running, queued } = queue.counts;
  const isOver = pending + running === 0 && (queued === 0 || queue.mode !== 'run');
  if (!isOver || runs === 0) return { tally: counted, finished: null };
  const told = ENDS.filter((name) => counted[name] > 0)
    .map((name) => `${counted[name]} ${name}`)
    .join(', ');
  const wait = queued === 0 ? '' : ` ${queued} ${queued === 1 ? 'waits' : 'wait'} until you press Run.`;
  return {
    tally: NO_RUNS,
    finished: {
      runs,
      notice: {
        key: 'queue',
        kind: 'queueFinished',
        title: { run: 'The queue has finished', drain: 'The queue has drained', pause: 'The last run has ended' }[
          queue.mode
        ],
        body: `${told}.${wait}`,
        urgent: false,
        click: { kind: 'reveal', jobId: null, tab: null },
        actions: [],
      },
    },
  };
}
