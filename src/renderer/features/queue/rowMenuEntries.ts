import type { JobView } from '../../../shared/job.ts';
import { isLive, isOver, rowStateOf } from '../../state/jobState.ts';
import { priorityBy } from '../../state/queuePlace.ts';
import type { PlaceChange } from '../../state/queuePlace.ts';
import type { PanelTab } from '../../state/windowState.ts';
import type { MenuLine } from '../../ui/Menu.tsx';

/** What the menu of rows can do; each is one click of a person. */
export interface RowMenuActions {
  place(jobs: readonly JobView[], change: (job: JobView) => PlaceChange): void;
  /** Moves a queued job one row up or down. */
  move(job: JobView, step: 1 | -1): void;
  cancel(jobs: readonly JobView[]): void;
  force(job: JobView): void;
  extend(job: JobView): void;
  requeue(jobs: readonly JobView[]): void;
  runAgain(job: JobView): void;
  show(job: JobView, tab: PanelTab): void;
  copyCommand(job: JobView): void;
  /** Deletes finished jobs with their files, after a question. */
  remove(jobIds: readonly number[]): void;
}

/** All that can be done with the chosen jobs, in the menu's order. `away` are chosen finished jobs that were never scrolled to. */
export function rowMenuEntries(
  jobs: readonly JobView[],
  actions: RowMenuActions,
  away: readonly number[] = [],
): readonly MenuLine[] {
  const [job] = jobs;
  if (job === undefined) return [];
  const groups = jobs.length + away.length === 1 ? groupsOfOne(job, actions) : groupsOfMany(jobs, actions, away);
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : (['separator', ...group] as const)));
}

function groupsOfOne(job: JobView, actions: RowMenuActions): readonly (readonly MenuLine[])[] {
  return [
    job.status === 'queued' ? [...placing([job], actions), ...moving(job, actions)] : [],
    [
      { label: 'Log', icon: 'follow', note: 'Enter', onChoose: () => actions.show(job, 'log') },
      { label: 'Details', icon: 'details', onChoose: () => actions.show(job, 'details') },
      ...(job.status === 'cancelled' && job.startedAt !== null
        ? [{ label: 'Receipt', icon: 'shield', onChoose: () => actions.show(job, 'receipt') } as const]
        : []),
      { label: 'Copy command', icon: 'copy', onChoose: () => actions.copyCommand(job) },
    ],
    [
      { label: 'Run again…', icon: 'plus', onChoose: () => actions.runAgain(job) },
      ...(isOver(job) ? [requeueing([job], actions)] : []),
    ],
    ending(job, actions),
  ];
}

function groupsOfMany(
  jobs: readonly JobView[],
  actions: RowMenuActions,
  away: readonly number[],
): readonly (readonly MenuLine[])[] {
  const finished = [...jobs.filter(isOver).map(({ id }) => id), ...away];
  const queued = jobs.filter(({ status }) => status === 'queued');
  const over = jobs.filter(isOver);
  const open = jobs.filter((job) => !isOver(job));
  return [
    queued.length === 0 ? [] : placing(queued, actions),
    over.length === 0 ? [] : [requeueing(over, actions)],
    open.length === 0
      ? []
      : [
          {
            label: `Cancel ${many(open)}${open.some(isLive) ? '…' : ''}`,
            icon: 'stopping',
            note: 'Delete',
            bad: true,
            onChoose: () => actions.cancel(open),
          },
        ],
    finished.length === 0 ? [] : [deleting(finished, actions)],
  ];
}

function placing(jobs: readonly JobView[], actions: RowMenuActions): readonly MenuLine[] {
  const held = jobs.filter((job) => job.held);
  const free = jobs.filter((job) => !job.held);
  const isOne = jobs.length === 1;
  const priority = (step: 1 | -1) =>
    isOne && jobs[0] !== undefined ? `priority to ${priorityBy(jobs[0], step)}` : `priority of ${many(jobs)}`;
  return [
    ...(free.length === 0
      ? []
      : [
          {
            label: isOne ? 'Hold' : `Hold ${many(free)}`,
            icon: 'pause',
            onChoose: () => actions.place(free, () => ({ held: true })),
          } as const,
        ]),
    ...(held.length === 0
      ? []
      : [
          {
            label: isOne ? 'Release' : `Release ${many(held)}`,
            icon: 'play',
            onChoose: () => actions.place(held, () => ({ held: false })),
          } as const,
        ]),
    {
      label: isOne ? 'Move to top' : `Move ${many(jobs)} to top`,
      icon: 'top',
      // The last one first, so that they stand in their order.
      onChoose: () => actions.place([...jobs].reverse(), () => ({ to: 'first' })),
    },
    {
      label: `Raise ${priority(1)}`,
      icon: 'raise',
      onChoose: () => actions.place(jobs, (job) => ({ priority: priorityBy(job, 1) })),
    },
    {
      label: `Lower ${priority(-1)}`,
      icon: 'lower',
      onChoose: () => actions.place(jobs, (job) => ({ priority: priorityBy(job, -1) })),
    },
  ];
}

function moving(job: JobView, actions: RowMenuActions): readonly MenuLine[] {
  return [
    { label: 'Move up', icon: 'up', note: 'Alt ↑', onChoose: () => actions.move(job, -1) },
    { label: 'Move down', icon: 'down', note: 'Alt ↓', onChoose: () => actions.move(job, 1) },
  ];
}

function requeueing(jobs: readonly JobView[], actions: RowMenuActions): MenuLine {
  return {
    label: jobs.length === 1 ? 'Requeue: same job, new run' : `Requeue ${many(jobs)}`,
    icon: 'again',
    onChoose: () => actions.requeue(jobs),
  };
}

function deleting(jobIds: readonly number[], actions: RowMenuActions): MenuLine {
  const label = jobIds.length === 1 ? 'Delete with its files…' : `Delete ${jobIds.length} jobs with their files…`;
  return { label, icon: 'trash', bad: true, onChoose: () => actions.remove(jobIds) };
}

function ending(job: JobView, actions: RowMenuActions): readonly MenuLine[] {
  const state = rowStateOf(job);
  if (isOver(job)) return [deleting([job.id], actions)];
  if (state !== 'cancelling' && state !== 'stuck')
    return [{ label: 'Cancel', icon: 'stopping', note: 'Delete', bad: true, onChoose: () => actions.cancel([job]) }];
  const isWaiting = job.stop?.stage === 'asked' || job.stop?.stage === 'terminating';
  return [
    ...(isWaiting ? [{ label: 'Wait longer', icon: 'asked', onChoose: () => actions.extend(job) } as const] : []),
    { label: 'Force now', icon: 'bolt', note: 'Shift Delete', bad: true, onChoose: () => actions.force(job) },
  ];
}

function many(jobs: readonly JobView[]): string {
  return jobs.length === 1 ? '1 job' : `${jobs.length} jobs`;
}
