import type { QueueMode } from '../../../shared/contract.ts';
import type { JobView } from '../../../shared/job.ts';
import { forceLabel, isStuck, runLabel, shortened, waitingLabel } from './trayLabels.ts';
import type { TrayFacts, WaitingJob } from './trayBook.ts';

/** What the icon says at a glance; `attention` means that a person is needed. */
export const TRAY_ICONS = ['idle', 'running', 'paused', 'stopping', 'attention'] as const;
export type TrayIcon = (typeof TRAY_ICONS)[number];

/** What a click in the menu asks for. */
export type TrayCommand =
  | { readonly kind: 'cancel'; readonly jobId: number; readonly force: boolean }
  | { readonly kind: 'cancel-queued' }
  | { readonly kind: 'mode'; readonly mode: QueueMode }
  | { readonly kind: 'open' }
  | { readonly kind: 'quit' };

/** One line of the menu. */
export type TrayEntry =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'item'; readonly label: string; readonly command: TrayCommand }
  | { readonly kind: 'submenu'; readonly label: string; readonly entries: readonly TrayEntry[] };

/** All that the tray shows. Two models that are written the same look the same. */
export interface TrayModel {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly entries: readonly TrayEntry[];
}

/** Whether two models differ in words alone, so that nobody misses anything while the older one is shown. */
export function isSameInKind(a: TrayModel, b: TrayModel): boolean {
  return a.icon === b.icon && JSON.stringify(commandsOf(a.entries)) === JSON.stringify(commandsOf(b.entries));
}

function commandsOf(entries: readonly TrayEntry[]): readonly unknown[] {
  return entries.map((entry) => {
    if (entry.kind === 'submenu') return commandsOf(entry.entries);
    return entry.kind === 'item' ? entry.command : entry.kind;
  });
}

/** A menu longer than a screen cannot be used: the window shows the rest. */
const MOST_RUNS = 12;
/** So many of those that come next. */
const NEXT_SHOWN = 3;
/** How much of a notice on the whole queue a menu shows. */
const NOTICE_LENGTH = 70;

/**
 * The tray of these facts. `clock` writes a time of day: an open menu must not change each second, so a deadline is told as a
 * time and not as a countdown.
 */
export function trayModel(facts: TrayFacts, clock: (at: number) => string): TrayModel {
  const live = [...facts.live.values()].sort((a, b) => a.id - b.id);
  const counts = countWords(live, facts.waiting.size);
  return {
    icon: iconOf(facts, live),
    tooltip: `Trainyard: ${counts}${modeWords(facts.queue.mode)}`,
    entries: parted([
      [{ kind: 'text', label: counts }, ...noticeEntry(facts.queue.notice)],
      runEntries(live, facts, clock),
      waitingEntries(facts.waiting.values()),
      [...cancelQueuedEntry(facts.waiting.size), modeEntry(facts.queue.mode)],
      [item('Open Trainyard', { kind: 'open' }), item(live.length > 0 ? 'Quit…' : 'Quit', { kind: 'quit' })],
    ]),
  };
}

function iconOf({ queue }: TrayFacts, live: readonly JobView[]): TrayIcon {
  if (queue.notice !== null || live.some(isStuck)) return 'attention';
  if (live.some(({ stop }) => stop !== null)) return 'stopping';
  if (live.length > 0) return 'running';
  return queue.mode === 'run' ? 'idle' : 'paused';
}

/** Every live job is in one of these counts: one that is being stopped is not also counted as running. */
function countWords(live: readonly JobView[], queued: number): string {
  const stuck = live.filter(isStuck).length;
  const cancelling = live.filter(({ stop }) => stop !== null).length - stuck;
  const running = live.length - stuck - cancelling;
  return [
    `${running} running`,
    `${queued} queued`,
    ...(cancelling > 0 ? [`${cancelling} cancelling`] : []),
    ...(stuck > 0 ? [`${stuck} stuck`] : []),
  ].join(' · ');
}

function modeWords(mode: QueueMode): string {
  return { run: '', drain: ' · queue draining', pause: ' · queue paused' }[mode];
}

function noticeEntry(notice: string | null): readonly TrayEntry[] {
  return notice === null ? [] : [{ kind: 'text', label: shortened(notice, NOTICE_LENGTH) }];
}

function runEntries(live: readonly JobView[], facts: TrayFacts, clock: (at: number) => string): readonly TrayEntry[] {
  const stopping = live.filter(({ stop }) => stop !== null).sort((a, b) => Number(isStuck(a)) - Number(isStuck(b)));
  const running = live.filter(({ stop }) => stop === null);
  // What can be forced is never among what is left out.
  const room = Math.max(0, MOST_RUNS - stopping.length);
  const shown = [...running.slice(0, room), ...stopping.slice(0, MOST_RUNS)].map((job) => runEntry(job, facts, clock));
  const hidden = live.length - shown.length;
  return hidden > 0 ? [...shown, item(`${hidden} more in the window`, { kind: 'open' })] : shown;
}

function runEntry(job: JobView, { gpuIndexes }: TrayFacts, clock: (at: number) => string): TrayEntry {
  if (job.stop === null) return item(runLabel(job), { kind: 'cancel', jobId: job.id, force: false });
  const label = forceLabel(job, job.stop, gpuIndexes, clock);
  // Nothing is left to force while the last check is made.
  if (job.stop.stage === 'verifying') return { kind: 'text', label };
  return item(label, { kind: 'cancel', jobId: job.id, force: true });
}

function waitingEntries(waiting: Iterable<WaitingJob>): readonly TrayEntry[] {
  const next = nextOf(waiting);
  if (next.length === 0) return [];
  return [
    { kind: 'text', label: 'Next in the queue' },
    ...next.map((job) => item(waitingLabel(job), { kind: 'cancel', jobId: job.id, force: false })),
  ];
}

/** Those whose turn comes first, found in one pass: the rest of a long queue is not sorted for a menu. */
function nextOf(waiting: Iterable<WaitingJob>): readonly WaitingJob[] {
  let next: readonly WaitingJob[] = [];
  for (const job of waiting) {
    if (job.held) continue;
    const last = next[NEXT_SHOWN - 1];
    if (last === undefined || inTurn(job, last) < 0) next = [...next, job].sort(inTurn).slice(0, NEXT_SHOWN);
  }
  return next;
}

function inTurn(a: WaitingJob, b: WaitingJob): number {
  return b.priority - a.priority || a.position - b.position;
}

/** In a submenu: one slip of the mouse must not empty a queue. */
function cancelQueuedEntry(count: number): readonly TrayEntry[] {
  if (count === 0) return [];
  const label = count === 1 ? 'Cancel 1 queued job' : `Cancel ${count} queued jobs`;
  return [
    { kind: 'submenu', label: `Cancel all queued (${count})`, entries: [item(label, { kind: 'cancel-queued' })] },
  ];
}

function modeEntry(mode: QueueMode): TrayEntry {
  return mode === 'run'
    ? item('Pause queue', { kind: 'mode', mode: 'pause' })
    : item('Resume queue', { kind: 'mode', mode: 'run' });
}

function item(label: string, command: TrayCommand): TrayEntry {
  return { kind: 'item', label, command };
}

function parted(groups: readonly (readonly TrayEntry[])[]): readonly TrayEntry[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, place) => (place === 0 ? group : [{ kind: 'separator' } as const, ...group]));
}
