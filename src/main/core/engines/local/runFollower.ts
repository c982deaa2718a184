import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { StopStage } from '../../../../shared/job.ts';
import type { Ms, LocalIdentity } from '../../domain/job.ts';
import { identityOf } from '../../domain/reconcile.ts';
import type { ExitRecord, JournalEntry } from '../../domain/runnerRecords.ts';
import type { MemberRecord } from '../../domain/receiptMembers.ts';
import type { KeptSecrets } from '../../domain/secretWords.ts';
import { isAlive } from '../../processes/processTable.ts';
import type { ProcessName } from '../../processes/processTable.ts';
import type { RecentProcesses } from '../../processes/recentProcesses.ts';
import { JournalReader, readExit, readIdentity } from '../../runs/runFiles.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import { MemberWatch } from './memberWatch.ts';

/** A file system may lose a watch, and a killed runner writes nothing: so often everything is looked at all the same. */
export const LOOK_EVERY_MS = 2_000;

/** While a run is being stopped its members are looked at so often, so that the receipt can say when each had gone… */
const CLOSE_LOOK_EVERY_MS = 250;
/** How old a process table may be: followers share one, so that many runs cost one reading. */
const TABLE_AGE_MS = 1_900;
const CLOSE_TABLE_AGE_MS = 100;
/** …but no longer than this: a stop may have hours to save. */
const CLOSE_LOOKS = 240;

/** What is known of an adopted run before its files are read. */
export interface Known {
  readonly identity: LocalIdentity | null;
  readonly startedAt: Ms | null;
}

/** What a follower tells. `onGone` and `onExit` come at most once, and only one of them. */
export interface FollowerEvents {
  /** The trainer's own program runs. */
  readonly onStarted: (identity: LocalIdentity, startedAt: Ms) => void;
  readonly onStage: (stage: StopStage) => void;
  /** The run has ended and its runner has said so. */
  readonly onExit: (exit: ExitRecord) => void;
  /** A look failed (a full table of files, a failing disk); the next one may not. */
  readonly onProblem: (error: unknown) => void;
  /** The runner is gone and has left no exit record. */
  readonly onGone: () => void;
}

/** Watches the files of one run and turns them into events. Holds no timer once the run has ended. */
export class RunFollower {
  readonly #paths: RunPaths;
  readonly #events: FollowerEvents;
  readonly #reader: JournalReader;
  readonly #journal: JournalEntry[] = [];
  readonly #processes: RecentProcesses;
  readonly #members: MemberWatch;
  #identity: LocalIdentity | null;
  #startedAt: Ms | null;
  #started = false;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closeLooks: NodeJS.Timeout | null = null;

  /** `known` is what the row says of the run; its own record is read where that says nothing. */
  constructor(
    paths: RunPaths,
    events: FollowerEvents,
    known: Known | null,
    processes: RecentProcesses,
    secrets: KeptSecrets,
  ) {
    this.#members = new MemberWatch(secrets);
    this.#identity = known?.identity ?? null;
    this.#startedAt = known?.startedAt ?? null;
    this.#paths = paths;
    this.#events = events;
    this.#processes = processes;
    this.#reader = new JournalReader(paths.journal);
  }

  /** Begins; the first events come in a later turn. The run's directory must be there. */
  follow(): void {
    this.#timer = setInterval(() => this.#look(true), LOOK_EVERY_MS);
    // The journal alone: a watch on the directory would wake up at every line of the log.
    try {
      this.#watcher = watch(this.#paths.journal, () => this.#look(false));
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch (error) {
      // No watch is left to be had (fs.inotify.max_user_watches): the timer looks all the same.
      this.#events.onProblem(error);
    }
    setImmediate(() => this.#look(true));
  }

  /** Whoever started the runner has seen its process end: the files say how. */
  runnerExited(): void {
    this.#look(true);
  }

  /** Everything the runner has written down so far. */
  get journal(): readonly JournalEntry[] {
    return this.#journal;
  }

  get identity(): LocalIdentity | null {
    return this.#identity;
  }

  /** When the trainer's program was started, Unix milliseconds; null before. */
  get startedAt(): Ms | null {
    return this.#startedAt;
  }

  /** Every process of the run that was seen while its runner lived; the only trace of a member that wiped its environment. */
  get members(): readonly ProcessName[] {
    return this.#members.names;
  }

  /** What was seen of the members, for the receipt of a stop. */
  get records(): readonly MemberRecord[] {
    return this.#members.records;
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#closeLooks !== null) clearInterval(this.#closeLooks);
    this.#timer = null;
    this.#closeLooks = null;
    this.#watcher?.close();
    this.#watcher = null;
  }

  #look(checkRunner: boolean): void {
    if (this.#timer === null) return;
    try {
      this.#lookNow(checkRunner);
    } catch (error) {
      this.#events.onProblem(error);
    }
  }

  #lookNow(checkRunner: boolean): void {
    this.#readIdentity();
    this.#readJournal();
    const exit = readExit(this.#paths);
    if (exit !== null) return this.#end(() => this.#events.onExit(exit));
    if (!checkRunner || this.#identity === null) return;
    if (isAlive({ pid: this.#identity.runnerPid, start: this.#identity.runnerStart }))
      return this.#members.look(this.#identity.runnerPid, this.#processes.get(TABLE_AGE_MS));
    // It may have written its record between the two looks.
    const last = readExit(this.#paths);
    this.#end(() => (last === null ? this.#events.onGone() : this.#events.onExit(last)));
  }

  #readJournal(): void {
    for (const entry of this.#reader.read()) {
      this.#journal.push(entry);
      if (entry.event === 'started') this.#tellStarted();
      if (entry.event === 'stop') this.#lookClosely();
      const stage = stageOf(entry);
      if (stage !== null) this.#events.onStage(stage);
    }
  }

  #readIdentity(): void {
    if (this.#identity !== null && this.#startedAt !== null) return;
    const record = readIdentity(this.#paths);
    if (record === null) return;
    this.#identity = identityOf(record);
    this.#startedAt = record.started_at;
  }

  #tellStarted(): void {
    // It is written before the trainer's first instruction; read again, since it may have come between two looks.
    this.#readIdentity();
    if (this.#identity === null || this.#startedAt === null || this.#started) return;
    this.#started = true;
    this.#events.onStarted(this.#identity, this.#startedAt);
  }

  #lookClosely(): void {
    this.#members.keepsAll = true;
    if (this.#closeLooks !== null || this.#identity === null || this.#timer === null) return;
    const { runnerPid } = this.#identity;
    let looks = 0;
    // Now as well: what it has at the beginning of its stop may be gone in a moment.
    this.#members.look(runnerPid, this.#processes.get(CLOSE_TABLE_AGE_MS));
    this.#closeLooks = setInterval(() => {
      looks += 1;
      if (looks < CLOSE_LOOKS) this.#members.look(runnerPid, this.#processes.get(CLOSE_TABLE_AGE_MS));
      else if (this.#closeLooks !== null) clearInterval(this.#closeLooks);
    }, CLOSE_LOOK_EVERY_MS);
  }

  #end(tell: () => void): void {
    // Its last lines may have been written after the journal was read and before the exit record was seen.
    this.#readJournal();
    this[Symbol.dispose]();
    tell();
  }
}

/** The stage of a stop that a line of the journal stands for, or null for one that says nothing of it. */
export function stageOf(entry: JournalEntry): StopStage | null {
  switch (entry.event) {
    case 'signal':
      return entry.to === 'all' ? 'killing' : 'terminating';
    case 'killing':
    case 'unstuck':
      return 'killing';
    case 'stuck':
      return 'stuck';
    default:
      return null;
  }
}
