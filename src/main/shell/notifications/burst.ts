import type { Notice, NoticeAction, NoticeDeed } from './notice.ts';

/** More than so many within {@link BURST_MS} are told as one. */
export const BURST_SIZE = 3;
/** Milliseconds. */
export const BURST_MS = 5_000;

interface Told {
  readonly notice: Notice;
  readonly at: number;
}

/** What was told a short time ago. */
export interface BurstState {
  /** Single notices of the last {@link BURST_MS}. */
  readonly recent: readonly Told[];
  /** The notices that one stands for, while it still grows. */
  readonly merged: { readonly key: string; readonly notices: readonly Notice[]; readonly at: number } | null;
}

/** Nothing was told. */
export const NO_BURST: BurstState = { recent: [], merged: null };

/** What to do with notices that have come. */
export interface Admission {
  readonly state: BurstState;
  readonly show: readonly Notice[];
  /** Keys of notices that another one stands for now. */
  readonly withdraw: readonly string[];
}

/** Whether a notice that stands for many still takes in what comes. */
export function isGrowing({ merged }: BurstState, now: number): boolean {
  return merged !== null && now - merged.at < BURST_MS;
}

/** Lets notices through, or puts them together with the latest ones into one that grows while more come. */
export function admit(state: BurstState, notices: readonly Notice[], now: number): Admission {
  const single = notices.filter((notice) => !isMergeable(notice));
  const mergeable = notices.filter(isMergeable);
  const recent = state.recent.filter(({ at }) => now - at < BURST_MS);
  const growing = isGrowing(state, now) ? state.merged : null;
  if (mergeable.length === 0) return { state: { recent, merged: growing }, show: single, withdraw: [] };
  if (growing === null && recent.length + mergeable.length <= BURST_SIZE) {
    const told = mergeable.map((notice) => ({ notice, at: now }));
    return { state: { recent: [...recent, ...told], merged: null }, show: [...mergeable, ...single], withdraw: [] };
  }
  const before = growing?.notices ?? recent.map(({ notice }) => notice);
  const all = latestOfEach([...before, ...mergeable]);
  const key = growing?.key ?? `burst-${now}`;
  return {
    state: { recent: [], merged: { key, notices: all, at: now } },
    show: [mergedNotice(key, all), ...single],
    withdraw: growing === null ? recent.map(({ notice }) => notice.key) : [],
  };
}

/** What needs a person, or is about the whole, stands alone. */
function isMergeable({ kind }: Notice): boolean {
  return kind === 'completed' || kind === 'failed' || kind === 'cancelled';
}

/** Of two notices about one job only the later is true. */
function latestOfEach(notices: readonly Notice[]): readonly Notice[] {
  const byKey = new Map<string, Notice>();
  for (const notice of notices) {
    byKey.delete(notice.key);
    byKey.set(notice.key, notice);
  }
  return [...byKey.values()];
}

/** How many names stand in the body. */
const NAMES = 3;

function mergedNotice(key: string, notices: readonly Notice[]): Notice {
  const undone = notices.map(undoneBy);
  const undoable = undone.every((ids) => ids !== null) ? undone.flatMap((ids) => ids ?? []) : [];
  const failed = notices.filter(({ kind }) => kind === 'failed');
  const [theFailed] = failed;
  const click: NoticeDeed =
    failed.length === 1 && theFailed !== undefined ? theFailed.click : { kind: 'reveal', jobId: null, tab: null };
  const actions: NoticeAction[] = [{ id: 'open', label: 'Open', deed: click }];
  if (undoable.length > 0) actions.unshift({ id: 'undo', label: 'Undo', deed: { kind: 'requeue', jobIds: undoable } });
  return {
    key,
    kind: failed.length > 0 ? 'failed' : (notices[0]?.kind ?? 'completed'),
    title:
      undoable.length > 0 ? `${notices.length} queued jobs cancelled` : `${notices.length} jobs: ${counts(notices)}`,
    body: names(failed.length > 0 ? [...failed, ...notices.filter((notice) => !failed.includes(notice))] : notices),
    urgent: false,
    click,
    actions,
  };
}

function undoneBy({ actions }: Notice): readonly number[] | null {
  const deed = actions.find(({ id }) => id === 'undo')?.deed;
  return deed?.kind === 'requeue' ? deed.jobIds : null;
}

function counts(notices: readonly Notice[]): string {
  return (['completed', 'failed', 'cancelled'] as const)
    .map((kind) => ({ kind, count: notices.filter((notice) => notice.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ');
}

function names(notices: readonly Notice[]): string {
  const shown = notices.slice(0, NAMES).map(({ title }) => title);
  const rest = notices.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}
