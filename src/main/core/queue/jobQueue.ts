import type { Database } from 'better-sqlite3';
import type { Change, QueueMode, QueueView } from '../../../shared/contract.ts';
import type { JobStatus, JobView, Origin, Progress } from '../../../shared/job.ts';
import { ok, refused, required } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { EventKind, EventStore } from '../db/eventStore.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import { blockerWords } from '../domain/blocker.ts';
import type { Blocker } from '../domain/blocker.ts';
import { isLive } from '../domain/job.ts';
import type { FinishedState, Job, JobId, JobSpec, Ms, RunId } from '../domain/job.ts';
import { receiptOf } from '../domain/receipt.ts';
import { isCrowded, placeAfter } from '../domain/place.ts';
import type { PlaceChange } from '../domain/place.ts';
import { schedule } from '../domain/schedule.ts';
import type { Track } from '../domain/schedule.ts';
import { transition } from '../domain/transition.ts';
import type { JobEvent, Refusal } from '../domain/transition.ts';
import type { Engine, EngineReport } from '../engines/engine.ts';
import { orderOf, runEffects } from './effects.ts';
import { jobView } from './jobView.ts';
import { dataOf, kindOf } from './recorded.ts';
import { TimeLimits } from './timeLimits.ts';
import { Waiters } from './waiters.ts';
import { pictureOf } from './yard.ts';

/** What the queue is made of. Nothing is looked up: everything comes in here. */
export interface JobQueueParts {
  readonly db: Database;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly settings: SettingsStore;
  readonly engine: (report: (report: EngineReport) => void) => Engine;
  /** The GPUs that exist now; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
  readonly now: () => Ms;
  readonly newRunId: (job: JobId, attempt: number) => RunId;
  readonly bootId: string;
  /** Why the queue should start paused, or null. */
  readonly pauseNotice: string | null;
  readonly progressOf: (job: JobId) => Progress | null;
  /** Where something goes that is a bug or a failing disk. */
  readonly onBug: (error: unknown) => void;
  readonly onChange: (change: Change) => void;
  readonly onBlockers: (blockers: readonly { readonly jobId: JobId; readonly sentence: string }[]) => void;
}

/** How long to wait before writing again what could not be written. */
const RETRY_MS = 5_000;

/** A refusal of the queue: no such job, or the state machine's own. */
export type QueueRefusal = Refusal | { readonly code: 'no-such-job' };

/** What became of a job when an event was applied. */
export interface Applied {
  readonly before: Job;
  readonly after: Job;
  readonly changed: boolean;
}

/**
 * The only writer of jobs: read row → transition → write row and event in one transaction → effects.
 * Everything is synchronous, so nothing can come between reading a row and writing it.
 */
export class JobQueue {
  readonly #parts: JobQueueParts;
  readonly #engine: Engine;
  readonly #waiters = new Waiters();
  readonly #limits: TimeLimits;
  #blockers: ReadonlyMap<JobId, Blocker> = new Map();
  #counts: Record<JobStatus, number>;
  /** What to do after the transaction that is open now; null when none is. */
  #afterCommit: (() => void)[] | null = null;
  #notice: string | null = null;
  /** What the settings hold, read once: every change carries them. */
  #mode: QueueMode;
  #cpuSlots: number;
  #scheduled = false;
  #disposed = false;

  constructor(parts: JobQueueParts) {
    this.#parts = parts;
    this.#counts = { ...parts.jobs.counts() };
    this.#limits = new TimeLimits({ now: parts.now, onTimeUp: (job, run) => this.#timeUp(job, run) });
    this.#mode = parts.settings.mode();
    this.#cpuSlots = parts.settings.get().cpuSlots;
    this.#engine = parts.engine((report) => this.#onReport(report));
  }

  /** Takes up every run that was live when the app last ended, then lets the queue go on. */
  resume(): void {
    const { jobs, pauseNotice } = this.#parts;
    if (pauseNotice !== null) {
      this.setMode('pause');
      this.#notice = pauseNotice;
    }
    for (const job of jobs.live()) {
      if (!isLive(job)) continue;
      const facts = required(jobs.runFacts(job.state.run), `live job ${job.id} has a run row`);
      const known =
        job.state.status === 'running'
          ? { identity: job.state.identity, startedAt: job.state.startedAt }
          : { identity: null, startedAt: null };
      this.#engine.resume({ ...orderOf(job), claimedBootId: facts.bootId, stop: job.state.stop, ...known });
      if (job.state.status === 'running' && job.spec.timeLimitMs !== null) {
        this.#limits.arm(job.id, job.state.run, job.state.startedAt + job.spec.timeLimitMs);
      }
    }
    this.schedule();
  }

  /** Adds a job at the end of the queue. */
  submit(spec: JobSpec, place: { readonly priority: number; readonly held: boolean; readonly first: boolean }): Job {
    const { jobs, now } = this.#parts;
    return this.#transact(() => {
      const { priority, held, first } = place;
      const added = jobs.insertTx({ spec, priority, held, submittedAt: now() });
      this.#recordTx('job.submitted', added, null, { name: spec.name });
      this.#afterwards(() => this.schedule());
      if (!first) return added;
      const moved = this.place(added.id, { to: 'first' });
      return moved.ok ? moved.value.after : added;
    });
  }

  /** Holds, releases, moves or reprioritises a queued job. */
  place(id: JobId, change: PlaceChange): Result<Applied, QueueRefusal> {
    const { jobs } = this.#parts;
    return this.#transact((): Result<Applied, QueueRefusal> => {
      const before = jobs.get(id);
      if (before === null) return refused({ code: 'no-such-job' });
      if (typeof change.to === 'object' && isCrowded(before, change.to.before, jobs.waiting())) jobs.renumberTx();
      const place = placeAfter(before, change, jobs.waiting());
      if (!place.ok) return place;
      const { held, priority, position } = place.value;
      if (held === before.held && priority === before.priority && position === before.position) {
        return ok({ before, after: before, changed: false });
      }
      jobs.writePlaceTx(before, place.value);
      const after = required(jobs.get(id), 'the row was written in this transaction');
      this.#recordTx('job.placed', after, before, { held, priority, position });
      this.#afterwards(() => this.schedule());
      return ok({ before, after, changed: true });
    });
  }

  /** The job with that number, or null. */
  get(id: JobId): Job | null {
    return this.#parts.jobs.get(id);
  }

  /** The job as clients see it. */
  view(job: Job): JobView {
    return jobView(job, { blocker: this.#blockers.get(job.id) ?? null, progress: this.#parts.progressOf(job.id) });
  }

  /** Cancels one job, whatever it is doing. */
  cancel(id: JobId, by: Origin, force: boolean): Result<Applied, QueueRefusal> {
    return required(this.cancelMany([id], by, force)[0], 'one id gives one answer');
  }

  /** Cancels several jobs in one transaction: none of them can be started in between. */
  cancelMany(ids: readonly JobId[], by: Origin, force: boolean): readonly Result<Applied, QueueRefusal>[] {
    return this.#applyAll(
      ids.map((id) => ({
        id,
        event: (job) => ({ type: 'cancel', by, force, freshRun: this.#parts.newRunId(id, job.attempt + 1) }),
      })),
    );
  }

  /** Cancels every queued job, or everything that is not finished; the latter also pauses the queue. */
  cancelAll(which: 'queued' | 'all', by: Origin, force: boolean): readonly Result<Applied, QueueRefusal>[] {
    const { jobs } = this.#parts;
    return this.#transact(() => {
      if (which === 'all') this.setMode('pause');
      const chosen = which === 'queued' ? jobs.waiting() : [...jobs.waiting(), ...jobs.live()];
      return this.cancelMany(
        chosen.map((job) => job.id),
        by,
        force,
      );
    });
  }

  /** Gives a stop its grace period once more. */
  extend(id: JobId): Result<Applied, QueueRefusal> {
    return this.#apply(id, () => ({ type: 'extend' }));
  }

  /** Puts a finished job back into the queue at its old place. */
  requeue(id: JobId): Result<Applied, QueueRefusal> {
    return this.#apply(id, () => ({ type: 'requeue' }));
  }

  /** The queue as a whole. */
  queueView(): QueueView {
    const { settings } = this.#parts;
    return {
      mode: settings.mode(),
      cpuSlots: settings.get().cpuSlots,
      counts: { ...this.#counts },
      notice: this.#notice,
    };
  }

  /** Run, drain or pause. Touches no run. */
  setMode(mode: QueueMode): void {
    const { settings } = this.#parts;
    if (mode === 'run') this.#notice = null;
    if (this.#mode === mode) return;
    this.#transact(() => {
      settings.setModeTx(mode);
      this.#afterwards(() => {
        this.#mode = mode;
      });
      this.#recordTx('queue.mode', null, null, { mode });
      this.#afterwards(() => this.schedule());
    });
  }

  /** Keeps changed settings. */
  setSettings(next: Settings): void {
    this.#transact(() => {
      this.#parts.settings.setTx(next);
      this.#afterwards(() => {
        this.#cpuSlots = next.cpuSlots;
      });
      this.#recordTx('settings.changed', null, null, {});
      this.#afterwards(() => this.schedule());
    });
  }

  /** Resolves with the job when it is finished, or with what it is after `waitMs` or when the client is gone. Null for an unknown number. */
  async untilFinished(id: JobId, waitMs: Ms, signal: AbortSignal | null = null): Promise<Job | null> {
    const isDone = (): boolean => {
      const job = this.get(id);
      return job === null || 'outcome' in job.state;
    };
    await this.#waiters.until(id, isDone, waitMs, signal);
    return this.#disposed ? null : this.get(id);
  }

  /** Looks soon what can start. Many calls in one turn are one look. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#disposed) return;
      try {
        this.#startWhatFits();
      } catch (error) {
        this.#parts.onBug(error);
        this.#later(() => this.schedule());
      }
    });
  }

  /** Stops following; runs go on. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#limits[Symbol.dispose]();
    this.#waiters[Symbol.dispose]();
    this.#engine[Symbol.dispose]();
  }

  #startWhatFits(): void {
    const { jobs, tracks, newRunId } = this.#parts;
    const { starts, blockers } = schedule(
      pictureOf(jobs, { mode: this.#mode, cpuSlots: this.#cpuSlots, tracks: tracks() }),
    );
    const news = [...blockers].filter(([id, blocker]) => !sameBlocker(this.#blockers.get(id), blocker));
    this.#blockers = blockers;
    if (starts.length > 0) {
      this.#transact(() => {
        this.#applyAll(
          starts.map(({ jobId, gpus }) => ({
            id: jobId,
            event: (job) => ({ type: 'claim', run: newRunId(jobId, job.attempt + 1), gpus }),
          })),
        );
        jobs.countOvertakenTx(starts.flatMap(({ overtakes }) => overtakes));
      });
      // Who waits now waits for what has just been given away: the next look says so.
      this.schedule();
    }
    if (news.length > 0)
      this.#parts.onBlockers(news.map(([jobId, blocker]) => ({ jobId, sentence: blockerWords(blocker) })));
  }

  #timeUp(job: JobId, run: RunId): void {
    if (this.#disposed) return;
    try {
      this.#apply(job, () => ({ type: 'time-limit', run }));
    } catch (error) {
      this.#parts.onBug(error);
      this.#limits.arm(job, run, this.#parts.now() + RETRY_MS);
    }
  }

  /** What an engine tells is true whether it can be written down now or not: a full disk must not leave a row live for ever. */
  #onReport(report: EngineReport): void {
    if (this.#disposed) return;
    try {
      this.#take(report);
    } catch (error) {
      this.#parts.onBug(error);
      this.#later(() => this.#onReport(report));
    }
  }

  #take(report: EngineReport): void {
    // Reports of a run that is not the job's present one are refused by the transition: first terminal write wins.
    if (report.type !== 'ended') {
      this.#apply(report.jobId, () => report);
      return;
    }
    this.#limits.disarm(report.run);
    if (report.outcome.kind === 'start-error' && report.outcome.stage === 'runner')
      this.#pauseForRunner(report.outcome);
    this.#transact(() => {
      const applied = this.#apply(report.jobId, () => report);
      if (!applied.ok) return;
      const { after } = applied.value;
      if (!('outcome' in after.state) || after.state.stop === null) return;
      const { proof, outcome } = report;
      this.#parts.jobs.setReceiptTx(report.run, receiptOf({ job: after, stop: after.state.stop, outcome, ...proof }));
    });
  }

  /** A runner that cannot be started would fail every job there is: the queue waits for a person instead. */
  #pauseForRunner({ message }: { readonly message: string }): void {
    this.setMode('pause');
    this.#notice = `The queue is paused: the runner could not be started (${message}). Mend that, then press Run.`;
  }

  #later(act: () => void): void {
    setTimeout(() => {
      if (!this.#disposed) act();
    }, RETRY_MS).unref();
  }

  #apply(id: JobId, event: (job: Job) => JobEvent): Result<Applied, QueueRefusal> {
    return required(this.#applyAll([{ id, event }])[0], 'one request gives one answer');
  }

  /** Applies events in one transaction. */
  #applyAll(
    requests: readonly { readonly id: JobId; readonly event: (job: Job) => JobEvent }[],
  ): readonly Result<Applied, QueueRefusal>[] {
    const { jobs, now, bootId } = this.#parts;
    return this.#transact(() =>
      requests.map(({ id, event: eventFor }): Result<Applied, QueueRefusal> => {
        const before = jobs.get(id);
        if (before === null) return refused({ code: 'no-such-job' });
        const event = eventFor(before);
        const result = transition(before, event, now());
        if (!result.ok) return result;
        const { state, attempt, effects, changed } = result.value;
        if (changed) jobs.writeTx(before, { state, attempt }, bootId);
        if (before.state.status === 'queued' && state.status === 'cancelled')
          this.#keepReceiptOfQueuedTx(before, state);
        const after = changed ? required(jobs.get(id), 'the row was written in this transaction') : before;
        this.#afterwards(() =>
          runEffects(after, effects, {
            engine: this.#engine,
            schedule: () => this.schedule(),
            armLimit: (job, run, at) => this.#limits.arm(job, run, at),
          }),
        );
        if (changed) this.#recordTx(kindOf(event, before), after, before, dataOf(event, before, after));
        return ok({ before, after, changed });
      }),
    );
  }

  /** A job that never had a process leaves a receipt as well: it says just that. */
  #keepReceiptOfQueuedTx(job: Job, { run, stop, outcome, endedAt }: FinishedState): void {
    if (stop === null) return;
    const nothing = { journal: [], runner: null, membersGone: 0, memory: [], observations: [] };
    this.#parts.jobs.setReceiptTx(run, receiptOf({ job, stop, outcome, ...nothing, finishedAt: endedAt }));
  }

  /** Runs `work` in one transaction, inside the open one if there is one; what it leaves for afterwards runs after the commit only. */
  #transact<T>(work: () => T): T {
    if (this.#afterCommit !== null) return work();
    const acts: (() => void)[] = [];
    this.#afterCommit = acts;
    let result: T;
    try {
      result = this.#parts.db.transaction(work).immediate();
    } finally {
      this.#afterCommit = null;
    }
    for (const act of acts) {
      // The change is committed: an effect that fails must not keep the others, or the news, from going out.
      try {
        act();
      } catch (error) {
        this.#parts.onBug(error);
      }
    }
    return result;
  }

  #afterwards(act: () => void): void {
    required(this.#afterCommit, 'a transaction is open').push(act);
  }

  /** Appends the event, and tells everybody after the commit. */
  #recordTx(kind: EventKind, job: Job | null, before: Job | null, data: Readonly<Record<string, unknown>>): void {
    const { events, jobs, now, onChange } = this.#parts;
    const at = now();
    const seq = events.appendTx(at, kind, job?.id ?? null, data);
    this.#afterwards(() => {
      if (before !== null) this.#counts[before.state.status] -= 1;
      if (job !== null) this.#counts[job.state.status] += 1;
      // Read again: a receipt may have been written after the row.
      const latest = job === null || kind !== 'job.ended' ? job : jobs.get(job.id);
      onChange({
        seq,
        at,
        kind,
        jobId: job?.id ?? null,
        job: latest === null ? null : this.view(latest),
        queue: this.queueView(),
      });
      if (job !== null) this.#waiters.changed(job.id);
    });
  }
}

function sameBlocker(a: Blocker | undefined, b: Blocker): boolean {
  return a !== undefined && blockerWords(a) === blockerWords(b);
}
