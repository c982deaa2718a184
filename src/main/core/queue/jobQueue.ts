import type { Database } from 'better-sqlite3';
import type { Change, NewSentence, QueueMode, QueueView } from '../../../shared/contract.ts';
import { isFinished } from '../../../shared/job.ts';
import type { JobView, Origin, Progress } from '../../../shared/job.ts';
import { ok, refused, required } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { GitState } from '../../../shared/git.ts';
import type { DeletionStore } from '../db/deletionStore.ts';
import type { EventStore } from '../db/eventStore.ts';
import type { GitStore } from '../db/gitStore.ts';
import type { NewJob } from '../db/jobRow.ts';
import type { JobStore, Turn } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { WithdrawalStore } from '../db/withdrawalStore.ts';
import type { Blocker } from '../domain/blocker.ts';
import { isLive, isQueued } from '../domain/job.ts';
import type { Job, JobId, JobSpec, Ms, RunId } from '../domain/job.ts';
import { isCrowded, placeAfter } from '../domain/place.ts';
import type { PlaceChange, Standing } from '../domain/place.ts';
import type { Start, Track } from '../domain/schedule.ts';
import { ownTimeLimitMs } from '../domain/timeLimit.ts';
import type { Engine, EngineReport } from '../engines/engine.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import { cancelPlan } from './cancelPlan.ts';
import { Dispatcher } from './dispatcher.ts';
import { orderOf, runEffects } from './effects.ts';
import { finishedOf } from './deletion.ts';
import type { DeleteRefusal } from './deletion.ts';
import { jobView } from './jobView.ts';
import { JobWriter } from './jobWriter.ts';
import type { Request } from './jobWriter.ts';
import { News } from './news.ts';
import { TimeLimits } from './timeLimits.ts';
import { Transactions } from './transactions.ts';
import { Waiters } from './waiters.ts';
import { WaitingList } from './waitingList.ts';
import { LEAVE_AT_ONCE, Withdrawals } from './withdrawals.ts';
import { pictureOf } from './yard.ts';

/** What the queue is made of. Nothing is looked up: everything comes in here. */
export interface JobQueueParts {
  readonly db: Database;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly settings: SettingsStore;
  readonly withdrawals: WithdrawalStore;
  readonly deletions: DeletionStore;
  readonly git: GitStore;
  readonly engine: (report: (report: EngineReport) => void) => Engine;
  /** The GPUs that exist now; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
  /** Why nothing can be started elsewhere than on this machine, in words; null when it can. */
  readonly elsewhereClosed: () => string | null;
  readonly now: () => Ms;
  readonly newRunId: (job: JobId, attempt: number) => RunId;
  readonly bootId: string;
  /** Why the queue should start paused, or null. */
  readonly pauseNotice: string | null;
  readonly progressOf: (job: JobId) => Progress | null;
  /** Where something goes that is a bug or a failing disk. */
  readonly onBug: (error: unknown) => void;
  readonly onChange: (change: Change) => void;
  readonly onBlockers: (blockers: readonly NewSentence[]) => void;
}

/** How long to wait before writing again what could not be written. */
const RETRY_MS = 5_000;

/** Where a new job has its turn. */
export interface PlaceForNew {
  readonly priority: number;
  readonly held: boolean;
  readonly first: boolean;
}

/** What became of each job of a cancel of several. */
export type CancelResults = readonly Result<Applied, QueueRefusal>[];

/**
 * The only writer of jobs: read row → transition → write row and event in one transaction → effects.
 * Everything is synchronous, so nothing can come between reading a row and writing it.
 */
export class JobQueue {
  readonly #parts: JobQueueParts;
  readonly #engine: Engine;
  readonly #transactions: Transactions;
  readonly #withdrawals: Withdrawals;
  readonly #waiting: WaitingList;
  readonly #news: News;
  readonly #writer: JobWriter;
  readonly #dispatcher: Dispatcher;
  readonly #waiters = new Waiters();
  readonly #limits: TimeLimits;
  #notice: string | null = null;
  /** What the engine says of live runs beyond their status. */
  readonly #notes = new Map<JobId, string>();
  /** What the settings hold, read once: every change carries them. */
  #mode: QueueMode;
  #cpuSlots: number;
  #disposed = false;

  constructor(parts: JobQueueParts) {
    const { jobs, events, settings, withdrawals: store, now, onChange, onBlockers, onBug } = parts;
    this.#parts = parts;
    this.#mode = settings.mode();
    this.#cpuSlots = settings.get().cpuSlots;
    const transactions = new Transactions(parts.db, onBug);
    this.#transactions = transactions;
    this.#withdrawals = new Withdrawals({
      store,
      transactions,
      cancelTx: (ids, by, at) => this.#writer.applyAll(ids.map((id) => this.#cancelOf(id, by, false, at))),
      stays: (job) => {
        this.#waiting.follow(job);
        this.schedule();
      },
      asItIs: (id) => this.#asItIs(id),
      later: (act) => this.#later(act),
      onBug,
    });
    this.#waiting = new WaitingList(jobs, (id) => this.#withdrawals.has(id));
    this.#news = new News({
      events,
      transactions,
      now,
      counts: jobs.counts(),
      view: (job) => this.view(job),
      queueView: () => this.queueView(),
      onCommitted: (job) => this.#committed(job),
      onChange: (change) => {
        onChange(change);
        if (change.jobId !== null) this.#waiters.changed(change.jobId);
      },
    });
    this.#writer = new JobWriter({
      jobs,
      transactions,
      news: this.#news,
      now,
      bootId: parts.bootId,
      effects: (job, effects) =>
        runEffects(job, effects, {
          engine: this.#engine,
          schedule: () => this.schedule(),
          armLimit: (id, run, at) => this.#limits.arm(id, run, at),
        }),
    });
    this.#dispatcher = new Dispatcher({
      picture: () =>
        pictureOf(jobs, {
          mode: this.#mode,
          cpuSlots: this.#cpuSlots,
          tracks: parts.tracks(),
          turns: this.#waiting.inOrder(),
          elsewhereClosed: parts.elsewhereClosed(),
        }),
      claim: (starts) => this.#claim(starts),
      onBlockers,
      onFailure: (error) => {
        onBug(error);
        this.#later(() => this.schedule());
      },
    });
    this.#limits = new TimeLimits({ now, onTimeUp: (job, run) => this.#timeUp(job, run) });
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
          : { identity: job.state.identity ?? null, startedAt: null };
      this.#engine.resume({ ...orderOf(job), claimedBootId: facts.bootId, stop: job.state.stop, ...known });
      const limitMs = ownTimeLimitMs(job.spec);
      if (job.state.status === 'running' && limitMs !== null) {
        this.#limits.arm(job.id, job.state.run, job.state.startedAt + limitMs);
      }
    }
    this.#withdrawals.resume();
    this.schedule();
  }

  /** Adds a job at the end of the queue. */
  submit(spec: JobSpec, place: PlaceForNew): Job {
    return this.#transactions.run(() => {
      const added = required(this.submitMany([{ spec, ...place }])[0], 'one spec gives one job');
      if (!place.first) return added;
      const moved = this.place(added.id, { to: 'first' });
      return moved.ok ? moved.value.after : added;
    });
  }

  /** Adds jobs at the end of the queue in one transaction: all of them, or none. */
  submitMany(specs: readonly Omit<NewJob, 'submittedAt'>[]): readonly Job[] {
    const { jobs, now } = this.#parts;
    return this.#transactions.run(() => {
      const submittedAt = now();
      const added = jobs.insertManyTx(specs.map(({ spec, priority, held }) => ({ spec, priority, held, submittedAt })));
      this.#news.recordManyTx(
        'job.submitted',
        added.map((job) => ({ job, before: null, data: { name: job.spec.name } })),
      );
      this.#transactions.afterwards(() => this.schedule());
      return added;
    });
  }

  /** Holds, releases, moves or reprioritises a queued job. */
  place(id: JobId, change: PlaceChange): Result<Applied, QueueRefusal> {
    const { jobs } = this.#parts;
    return this.#transactions.run((): Result<Applied, QueueRefusal> => {
      const before = jobs.get(id);
      if (before === null) return refused({ code: 'no-such-job' });
      let others = this.#waiting.inOrder().map(standingOf);
      if (typeof change.to === 'object' && isCrowded(before, change.to.before, others)) {
        jobs.renumberTx();
        others = jobs.turns().map(standingOf);
        this.#transactions.onCommit(() => this.#waiting.reload());
      }
      const place = placeAfter(before, change, others);
      if (!place.ok) return place;
      const { held, priority, position } = place.value;
      if (held === before.held && priority === before.priority && position === before.position) {
        return ok({ before, after: before, changed: false });
      }
      const after = jobs.writePlaceTx(before, place.value);
      this.#news.recordTx('job.placed', after, before, { held, priority, position });
      this.#transactions.afterwards(() => this.schedule());
      return ok({ before, after, changed: true });
    });
  }

  /** The job with that number, or null. */
  get(id: JobId): Job | null {
    return this.#parts.jobs.get(id);
  }

  /** The job as clients see it. */
  view(job: Job): JobView {
    const blocker = this.#withdrawals.has(job.id) ? LEAVING : this.#dispatcher.blockerOf(job.id);
    const note = this.#notes.get(job.id) ?? null;
    return jobView(job, { blocker, progress: this.#parts.progressOf(job.id), note });
  }

  /** Whether a job waits for GPUs that may have them when it is its turn. */
  wantsGpus(): boolean {
    return this.#waiting.wantsGpus();
  }

  /** Cancels one job, whatever it is doing. */
  cancel(id: JobId, by: Origin, force: boolean): Result<Applied, QueueRefusal> {
    return this.#apply(this.#cancelOf(id, by, force));
  }

  /**
   * Cancels several jobs by one decision in one transaction: none of them can be started in between. Answers in the order of
   * `ids` once each has its record; those of many queued jobs are written in slices.
   */
  cancelMany(ids: readonly JobId[], by: Origin, force: boolean): Promise<CancelResults> {
    return this.#transactions.run(() => this.#cancelManyTx(ids, by, force)).whenDone;
  }

  /** Cancels every queued job, or everything that is not finished; the latter also pauses the queue. */
  cancelAll(which: 'queued' | 'all', by: Origin, force: boolean): Promise<CancelResults> {
    return this.#transactions.run(() => {
      if (which === 'all') this.setMode('pause');
      const queued = this.#waiting.inOrder().map(({ jobId }) => jobId);
      const live = which === 'all' ? this.#parts.jobs.live().map(({ id }) => id) : [];
      return this.#cancelManyTx([...queued, ...live], by, force);
    }).whenDone;
  }

  /** Gives a stop its grace period once more. */
  extend(id: JobId): Result<Applied, QueueRefusal> {
    return this.#apply({ id, event: () => ({ type: 'extend' }) });
  }

  /** Puts a finished job back into the queue at its old place. */
  requeue(id: JobId): Result<Applied, QueueRefusal> {
    return this.#apply({ id, event: () => ({ type: 'requeue' }) });
  }

  /** Takes finished jobs out of the list in one transaction, all of them or none. Their files stay. */
  deleteFinished(ids: readonly JobId[]): Result<readonly Job[], DeleteRefusal> {
    const { jobs, deletions } = this.#parts;
    return this.#transactions.run(() => {
      const found = jobs.getMany(ids);
      const chosen = finishedOf(ids, (id) => found.get(id) ?? null);
      if (!chosen.ok) return chosen;
      for (const job of chosen.value) {
        deletions.deleteTx(job.id);
        this.#news.recordDeletedTx(job);
      }
      this.#transactions.afterwards(() => this.schedule());
      return chosen;
    });
  }

  /** Keeps which commit the folder of these jobs was at. */
  keepGit(ids: readonly JobId[], git: GitState): void {
    this.#transactions.runUnsynced(() => {
      for (const id of ids) this.#parts.git.setTx(id, git);
    });
  }

  /** Keeps the most memory that a run was seen to use on one GPU. */
  notePeakMemory(run: RunId, mib: number): void {
    this.#transactions.runUnsynced(() => this.#parts.jobs.notePeakMemoryTx(run, mib));
  }

  /** The queue as a whole. */
  queueView(): QueueView {
    return { mode: this.#mode, cpuSlots: this.#cpuSlots, counts: this.#news.counts(), notice: this.#notice };
  }

  /** Run, drain or pause. Touches no run. */
  setMode(mode: QueueMode): void {
    const { settings } = this.#parts;
    if (mode === 'run') this.#notice = null;
    if (this.#mode === mode) return;
    this.#transactions.run(() => {
      settings.setModeTx(mode);
      this.#transactions.onCommit(() => {
        this.#mode = mode;
      });
      this.#news.recordTx('queue.mode', null, null, { mode });
      this.#transactions.afterwards(() => this.schedule());
    });
  }

  /** Keeps changed settings. */
  setSettings(next: Settings): void {
    this.#transactions.run(() => {
      this.#parts.settings.setTx(next);
      this.#transactions.onCommit(() => {
        this.#cpuSlots = next.cpuSlots;
      });
      this.#news.recordTx('settings.changed', null, null, {});
      this.#transactions.afterwards(() => this.schedule());
    });
  }

  /** Resolves with the job when it is finished, or with what it is after `waitMs` or when the client is gone. Null for an unknown number. */
  async untilFinished(id: JobId, waitMs: Ms, signal: AbortSignal | null = null): Promise<Job | null> {
    const isDone = (): boolean => {
      const status = this.#parts.jobs.statusOf(id);
      return status === null || isFinished(status);
    };
    await this.#waiters.until(id, isDone, waitMs, signal);
    return this.#disposed ? null : this.get(id);
  }

  /** Looks soon what can start. Many calls in one turn are one look. */
  schedule(): void {
    this.#dispatcher.lookSoon();
  }

  /** Stops following; runs go on. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#dispatcher[Symbol.dispose]();
    this.#withdrawals[Symbol.dispose]();
    this.#limits[Symbol.dispose]();
    this.#waiters[Symbol.dispose]();
    this.#engine[Symbol.dispose]();
  }

  #claim(starts: readonly Start[]): void {
    const { jobs, newRunId } = this.#parts;
    const overtaken = starts.flatMap(({ overtakes }) => overtakes);
    this.#transactions.run(() => {
      this.#writer.applyAll(
        starts.map(({ jobId, gpus }) => ({
          id: jobId,
          event: (job) => ({ type: 'claim', run: newRunId(jobId, job.attempt + 1), gpus }),
        })),
      );
      if (overtaken.length === 0) return;
      jobs.countOvertakenTx(overtaken);
      this.#transactions.onCommit(() => this.#waiting.countOvertaken(overtaken));
    });
  }

  #cancelManyTx(ids: readonly JobId[], by: Origin, force: boolean): { readonly whenDone: Promise<CancelResults> } {
    if (ids.length <= LEAVE_AT_ONCE) {
      return { whenDone: Promise.resolve(this.#writer.applyAll(ids.map((id) => this.#cancelOf(id, by, force)))) };
    }
    const { jobs, now } = this.#parts;
    const plan = cancelPlan(ids, jobs.statusesOf(ids), (id) => this.#withdrawals.has(id));
    const answers = new Map<JobId, Result<Applied, QueueRefusal>>();
    const keep = (of: readonly JobId[], results: CancelResults): void => {
      for (const [place, id] of of.entries()) answers.set(id, required(results[place], 'each job has an answer'));
    };
    for (const [id, refusal] of plan.refused) answers.set(id, refused(refusal));
    keep(
      plan.leaving,
      plan.leaving.map((id) => this.#asItIs(id)),
    );
    keep(plan.live, this.#writer.applyAll(plan.live.map((id) => this.#cancelOf(id, by, force))));
    const leaving = this.#withdrawals.beginTx(plan.queued, by, now());
    this.#transactions.onCommit(() => this.#waiting.leave(plan.queued));
    const whenDone = leaving.then((left) => {
      keep(plan.queued, left);
      return ids.map((id) => required(answers.get(id), 'each job has an answer'));
    });
    return { whenDone };
  }

  /** `at`, where it is given, is when that was decided: a job that has been requeued since is not meant. */
  #cancelOf(id: JobId, by: Origin, force: boolean, at?: Ms): Request {
    return {
      id,
      event: ({ state, attempt }) => {
        if (at !== undefined && state.status === 'queued' && state.since > at) return null;
        return { type: 'cancel', by, force, freshRun: this.#parts.newRunId(id, attempt + 1) };
      },
      ...(at === undefined ? {} : { at }),
    };
  }

  #timeUp(job: JobId, run: RunId): void {
    if (this.#disposed) return;
    try {
      this.#apply({ id: job, event: () => ({ type: 'time-limit', run }) });
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
    if (report.type === 'note') return this.#keepNote(report);
    // Reports of a run that is not the job's present one are refused by the transition: first terminal write wins.
    const request = { id: report.jobId, event: () => report };
    if (report.type === 'accepted') {
      // The other scheduler goes on with it whatever happens to this machine.
      this.#apply(request);
      return;
    }
    if (report.type !== 'ended') {
      // Told once more after a power failure, if the run is not gone with it.
      this.#transactions.runUnsynced(() => this.#apply(request));
      return;
    }
    this.#limits.disarm(report.run);
    this.#notes.delete(report.jobId);
    if (report.outcome.kind === 'start-error' && report.outcome.stage === 'runner')
      this.#pauseForRunner(report.outcome);
    this.#endAndClaim({ ...request, proof: report.proof });
  }

  /** One commit for the end of a run and for whose turn it is then: each one is a wait for the disk. */
  #endAndClaim(end: Request): void {
    try {
      this.#transactions.run(() => {
        this.#apply(end);
        this.#dispatcher.claimTx();
      });
    } catch (error) {
      // Whatever keeps the next one from starting: this one has ended.
      this.#parts.onBug(error);
      this.#apply(end);
    }
  }

  #keepNote({ jobId, run, note }: Extract<EngineReport, { type: 'note' }>): void {
    const job = this.get(jobId);
    if (job === null || !isLive(job) || job.state.run !== run) return;
    if (note === null) this.#notes.delete(jobId);
    else this.#notes.set(jobId, note);
    this.#parts.onBlockers([{ jobId, sentence: this.view(job).sentence, note }]);
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

  #apply(request: Request): Result<Applied, QueueRefusal> {
    return required(this.#writer.applyAll([request])[0], 'one request gives one answer');
  }

  /** The answer to the cancel of a job whose record is not written yet. */
  #asItIs(id: JobId): Result<Applied, QueueRefusal> {
    const job = this.get(id);
    if (job === null) return refused({ code: 'no-such-job' });
    return 'outcome' in job.state
      ? refused({ code: 'already-finished', status: job.state.status })
      : ok({ before: job, after: job, changed: false });
  }

  #committed(job: Job): void {
    if (!isQueued(job)) this.#withdrawals.forget(job.id);
    this.#waiting.follow(job);
  }
}

const LEAVING: Blocker = { kind: 'leaving' };

function standingOf({ jobId, priority, position }: Turn): Standing {
  return { id: jobId, priority, position };
}
