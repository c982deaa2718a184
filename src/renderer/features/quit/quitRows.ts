import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { JobView } from '../../../shared/job.ts';
import { rowStateOf, secondsLeftOf } from '../../state/jobState.ts';
import type { RowState } from '../../state/jobState.ts';
import { formatMoment, formatPercent, formatTimeLeft } from '../../ui/format.ts';

/** What the quit dialog lists first: what would be lost most. */
const ORDER = ['running', 'pending', 'cancelling', 'stuck'] as const satisfies readonly RowState[];

/** The runs in the order of the dialog. */
export function inDialogOrder(jobs: readonly JobView[]): readonly JobView[] {
  const place = (job: JobView): number => (ORDER as readonly RowState[]).indexOf(rowStateOf(job));
  return [...jobs].sort((a, b) => place(a) - place(b) || a.id - b.id);
}

/** What the question says of a run: how long it would have needed, or what becomes of it. */
export function noteBeforeQuit(job: JobView, gpus: GpuSnapshot['gpus'], now: number): string {
  switch (rowStateOf(job)) {
    case 'pending':
      return 'starting';
    case 'cancelling':
      return 'the stop finishes either way';
    case 'stuck': {
      const held = gpus.filter(({ uuid }) => job.heldGpus.includes(uuid)).flatMap(({ index }) => index ?? []);
      return held.length === 0 ? 'stays' : `stays on GPU ${held.join(', ')}`;
    }
    default: {
      const { progress, startedAt } = job;
      if (progress !== null && progress.secondsLeft !== null) return `${formatTimeLeft(progress.secondsLeft)} left`;
      if (progress !== null && progress.fraction !== null) return formatPercent(progress.fraction);
      return startedAt === null ? '' : `since ${formatMoment(startedAt, now)}`;
    }
  }
}

/** What the dialog says of a run that is being stopped: the seconds until SIGKILL, then the core's sentence. */
export function noteWhileStopping(job: JobView, now: number): string {
  const seconds = secondsLeftOf(job, now);
  return seconds === null ? job.sentence : `${seconds} s until SIGKILL`;
}
