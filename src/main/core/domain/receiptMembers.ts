import type { ReceiptMember } from '../../../shared/job.ts';
import type { Ms } from './job.ts';
import type { JournalEntry } from './runnerRecords.ts';

/** A process of a run as the app saw it, from its first sight to its last. */
export interface MemberRecord {
  readonly pid: number;
  /** Its command line or title for people. */
  readonly command: string;
  readonly session: number;
  readonly firstSeenAt: Ms;
  /** When it was first seen to be gone; null when it was there at the last look. */
  readonly goneBy: Ms | null;
}

/** What the list is made from. */
export interface MemberSources {
  readonly members: readonly MemberRecord[];
  readonly mainPid: number | null;
  readonly journal: readonly JournalEntry[];
  readonly requestedAt: Ms;
  readonly finishedAt: Ms;
}

/** More rows nobody reads; the rest is counted. */
const MOST_LISTED = 200;

interface Row {
  readonly pid: number;
  readonly record: MemberRecord | null;
  readonly goneBy: Ms;
  signals: string[] | null;
}

/** The processes that a stop was about, main first, then as they went. It says only what was seen or written down. */
export function receiptMembers(sources: MemberSources): readonly ReceiptMember[] {
  const { journal, mainPid, requestedAt, finishedAt } = sources;
  const emptyAt = journal.findLast(({ event }) => event === 'empty')?.at ?? finishedAt;
  const rows: Row[] = sources.members
    .filter(({ goneBy }) => goneBy === null || goneBy >= requestedAt)
    .map((record) => ({ pid: record.pid, record, goneBy: Math.min(record.goneBy ?? emptyAt, emptyAt), signals: [] }));
  for (const entry of journal) if (entry.event === 'signal') noteSignal(rows, entry, emptyAt);
  const session = rows.find(({ pid }) => pid === mainPid)?.record?.session ?? null;
  const isMain = ({ pid }: Row): boolean => pid === mainPid;
  return rows
    .sort((a, b) => Number(isMain(b)) - Number(isMain(a)) || a.goneBy - b.goneBy || a.pid - b.pid)
    .slice(0, MOST_LISTED)
    .map((row) => ({
      pid: row.pid,
      command: row.record?.command ?? null,
      kind: isMain(row) ? 'main' : kindOf(row, session),
      signals: row.signals,
      ended: (isMain(row) ? mainEnd(journal) : null) ?? endWords(row),
      goneBy: row.goneBy,
    }));
}

function noteSignal(rows: Row[], { at, signal = 'signal', sent = 0, pids = [] }: JournalEntry, emptyAt: Ms): void {
  const told = pids.filter((pid) => typeof pid === 'number');
  for (const pid of told) {
    const row = rows.find((each) => each.pid === pid && each.goneBy >= at) ?? rows.find((each) => each.pid === pid);
    if (row === undefined) rows.push({ pid, record: null, goneBy: emptyAt, signals: [signal] });
    else if (row.signals !== null && row.signals.at(-1) !== signal) row.signals.push(signal);
  }
  if (sent <= told.length) return;
  // The journal names the first of them only: of the others that were there nobody knows.
  for (const row of rows) {
    const wasThere = row.goneBy >= at && (row.record?.firstSeenAt ?? at) <= at;
    if (wasThere && !told.includes(row.pid)) row.signals = null;
  }
}

function kindOf({ record }: Row, mainSession: number | null): ReceiptMember['kind'] {
  if (record === null || mainSession === null) return null;
  return record.session === mainSession ? 'child' : 'own-session';
}

function mainEnd(journal: readonly JournalEntry[]): string | null {
  const end = journal.findLast(({ event }) => event === 'main-exit');
  if (end === undefined) return null;
  return end.signal ?? (typeof end.code === 'number' ? `exit ${end.code}` : null);
}

function endWords({ signals }: Row): string {
  if (signals === null) return 'not known';
  const last = signals.at(-1);
  return last === undefined ? 'without a signal' : `after ${last}`;
}
