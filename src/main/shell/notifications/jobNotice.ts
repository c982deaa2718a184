import type { Change } from '../../../shared/contract.ts';
import type { NotificationKind } from '../../../shared/desktopSettings.ts';
import type { JobView } from '../../../shared/job.ts';
import { wordsForDuration } from '../../core/domain/words.ts';
import { jobKey } from './notice.ts';
import type { Notice, NoticeAction } from './notice.ts';

/** What the user sees of Trainyard at this moment. */
export interface Looking {
  /** The window is open and has the keyboard. */
  readonly focused: boolean;
  /** The job that is selected in it. */
  readonly jobId: number | null;
}

/** What the decision rests on. */
export interface NoticeFacts {
  readonly wanted: Readonly<Record<NotificationKind, boolean>>;
  readonly looking: Looking;
  /** Position of each GPU on the machine, by UUID. */
  readonly gpuIndexes: ReadonlyMap<string, number>;
}

/** What to tell about the job of a change, or null: nothing to tell, not wanted, or looked at right now. */
export function jobNotice(change: Change, { wanted, looking, gpuIndexes }: NoticeFacts): Notice | null {
  const { job } = change;
  if (job === null) return null;
  const notice = tellingOf(change.kind, job, gpuIndexes);
  if (notice === null || !wanted[notice.kind]) return null;
  return isSeen(job, looking) ? null : notice;
}

function isSeen(job: JobView, { focused, jobId }: Looking): boolean {
  // Whoever quits with his runs cancelled is told by the app as it goes.
  if (job.status === 'cancelled' && job.stop?.by === 'quit') return true;
  if (!focused) return false;
  // Whoever cancels in the window watches the row, and has Undo there.
  return jobId === job.id || (job.status === 'cancelled' && job.stop?.by === 'window');
}

type JobTelling = Notice & { readonly kind: NotificationKind };

function tellingOf(kind: string, job: JobView, gpuIndexes: ReadonlyMap<string, number>): JobTelling | null {
  if (kind === 'job.stop-stage' && job.stop?.stage === 'stuck') return stuck(job, gpuIndexes);
  if (kind !== 'job.ended') return null;
  switch (job.status) {
    case 'completed':
      return ended(job, 'completed', lasted(job), [reveal('open', 'Open', job.id, 'log')]);
    case 'failed':
      return ended(job, 'failed', lasted(job), [
        reveal('log', 'Show log', job.id, 'log'),
        { id: 'requeue', label: 'Requeue', deed: { kind: 'requeue', jobIds: [job.id] } },
      ]);
    case 'cancelled':
      return ended(job, 'cancelled', job.sentence, [
        // What had never begun can be put back as it was; what had begun has left a receipt.
        job.startedAt === null
          ? { id: 'undo', label: 'Undo', deed: { kind: 'requeue', jobIds: [job.id] } }
          : reveal('receipt', 'Receipt', job.id, 'receipt'),
      ]);
    default:
      return null;
  }
}

function ended(
  job: JobView,
  kind: 'completed' | 'failed' | 'cancelled',
  body: string,
  actions: readonly NoticeAction[],
): JobTelling {
  const tab = kind === 'cancelled' ? 'receipt' : 'log';
  return {
    key: jobKey(job.id),
    kind,
    title: `${job.name} ${kind}`,
    body,
    urgent: false,
    click: { kind: 'reveal', jobId: job.id, tab },
    actions,
  };
}

function stuck(job: JobView, gpuIndexes: ReadonlyMap<string, number>): JobTelling {
  const gpus = job.heldGpus.flatMap((uuid) => gpuIndexes.get(uuid) ?? []).sort((a, b) => a - b);
  const held = gpus.length === 0 ? '' : `GPU ${gpus.join(', ')} ${gpus.length === 1 ? 'stays' : 'stay'} reserved; `;
  return {
    key: jobKey(job.id),
    kind: 'stuck',
    title: `${job.name} will not exit`,
    body: `${job.sentence}. ${held === '' ? 'Other' : `${held}other`} jobs go on.`,
    urgent: true,
    click: { kind: 'reveal', jobId: job.id, tab: 'details' },
    actions: [
      { id: 'force', label: 'Force', deed: { kind: 'force', jobId: job.id } },
      reveal('details', 'Details', job.id, 'details'),
    ],
  };
}

/** The domain's sentence, and how long the run took. */
function lasted({ sentence, startedAt, endedAt }: JobView): string {
  return startedAt === null || endedAt === null
    ? sentence
    : `${sentence} · after ${wordsForDuration(endedAt - startedAt)}`;
}

function reveal(id: string, label: string, jobId: number, tab: 'log' | 'receipt' | 'details'): NoticeAction {
  return { id, label, deed: { kind: 'reveal', jobId, tab } };
}
