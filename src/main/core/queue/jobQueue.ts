import type { QueueMode, QueueView } from '../../../shared/contract.ts';
import type { GitState } from '../../../shared/git.ts';
import { isFinished } from '../../../shared/job.ts';
import type { JobStatus, JobView, Origin } from '../../../shared/job.ts';
import { required } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { NewJob } from '../db/jobRow.ts';
import type { Blocker } from '../domain/blocker.ts';
import { isLive, isQueued } from '../domain/job.ts';
import type { Job, JobId, JobSpec, Ms, RunId } from '../domain/job.ts';
import type { PlaceChange } from '../domain/place.ts';
import type { Start } from '../domain/schedule.ts';
import { ownTimeLimitMs } from '../domain/timeLimit.ts';
import type { Engine } from '../engines/engine.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import { Cancels } from './cancels.ts';
import type { CancelResults } from './cancels.ts';
import { Control } from './control.ts';
import { finishedOf } from './deletion.ts';
import type { DeleteRefusal } from './deletion.ts';
import { Dispatcher } from './dispatcher.ts';
import { resumeOrderOf, runEffects } from './effects.ts';
import { jobView } from './jobView.ts';
import { JobWriter } from './jobWriter.ts';
import type { Request } from './jobWriter.ts';
import { News } from './news.ts';
import { placeTx } from './placing.ts';
import type { WantedPlace } from './placing.ts';
import type { JobQueueParts } from './queueParts.ts';
import { Reports } from './reports.ts';
import { TimeLimits } from './timeLimits.ts';
import { Transactions } from './transactions.ts';
import { Waiters } from './waiters.ts';
import { WaitingList } from './waitingList.ts';
import { pictureOf } from './yard.ts';

/** How long to wait before writing again what could not be written. */
const RETRY_MS = 5_000;

/**
 * The only writer of jobs: read row → transition → write row and event in one transaction → effects.
 * Everything is synchronous, so nothing can come between reading a row and writing it.
 */
export class JobQueue {
  readonly #parts: JobQueueParts;
  readonly #engine: Engine;
  readonly #transactions: Transactions;
  readonly #cancels: Cancels;
  readonly #waiting: WaitingList;
  readonly #news: News;
  readonly #control: Control;
  readonly #writer: JobWriter;
  readonly #dispatcher: Dispatcher;
  readonly #reports: Reports;
  readonly #waiters = new Waiters();
  readonly #limits: TimeLimits;
  #disposed = false;

  constructor(parts: JobQueueParts) {
    const { jobs, events, settings, newRunId, now, onChange, onBlockers, onBug } = parts;
    const schedule = (): void => this.schedule();
    const later = (act: () => void): void => this.#later(act);
    this.#parts = parts;
    const transactions = new Transactions(parts.db, onBug);
    this.#transactions = transactions;
    this.#cancels = new Cancels({
      jobs,
      store: parts.withdrawals,
      transactions,
      applyAll: (requests) => this.#writer.applyAll(requests),
      leave: (ids) => this.#waiting.leave(ids),
      stays: (job) => {
        this.#waiting.follow(job);
        schedule();
      },
      newRunId,
      now,
      later,
      onBug,
    });
    this.#waiting = new WaitingList(jobs, (id) => this.#cancels.isLeaving(id));
    this.#news = new News({
      events,
      transactions,
      now,
      counts: jobs.counts(),
      view: (job) => this.view(job),
      queueView: () => this.queueView(),
      onCommitted: (job) => {
        if (!isQueued(job)) this.#cancels.forget(job.id);
        this.#waiting.follow(job);
      },
      onChange: (change) => {
        onChange(change);
        if (change.jobId !== null) this.#waiters.changed(change.jobId);
      },
    });
    this.#control = new Control({ settings, transactions, news: this.#news, schedule });
    this.#writer = new JobWriter({
      jobs,
      transactions,
      news: this.#news,
      now,
      bootId: parts.bootId,
      effects: (job, effects) =>
        runEffects(job, effects, {
          engine: this.#engine,
          schedule,
          armLimit: (id, run, at) => this.#limits.arm(id, run, at),
        }),
    });
    this.#dispatcher = new Dispatcher({
      picture: () =>
        pictureOf(jobs, {
          mode: this.#control.mode,
          cpuSlots: this.#control.cpuSlots,
          tracks: parts.tracks(),
          turns: this.#waiting.inOrder(),
          elsewhereClosed: parts.elsewhereClosed(),
        }),
      claim: (starts) => this.#claim(starts),
      onBlockers,
      onFailure: (error) => {
        onBug(error);
        later(schedule);
      },
    });
    this.#limits = new TimeLimits({
      now,
      onTimeUp: (job, run) => this.#apply({ id: job, event: () => ({ type: 'time-limit', run }) }),
      retryMs: RETRY_MS,
      onBug,
    });
    this.#reports = new Reports({
      transactions,
      apply: (request) => this.#apply(request),
      claimTx: () => this.#dispatcher.claimTx(),
      job: (id) => this.get(id),
      disarmLimit: (run) => this.#limits.disarm(run),
      pauseBecause: (notice) => this.#control.pauseBecause(notice),
      onNote: (job, note) => onBlockers([{ jobId: job.id, sentence: this.view(job).sentence, note }]),
      later,
      onBug,
    });
    this.#engine = parts.engine((report) => this.#reports.take(report));
  }

  /** Takes up every run that was live when the app last ended, then lets the queue go on. */
  resume(): void {
    const { jobs, pauseNotice } = this.#parts;
    if (pauseNotice !== null) this.#control.pauseBecause(pauseNotice);
    for (const job of jobs.live()) {
      if (!isLive(job)) continue;
      const facts = required(jobs.runFacts(job.state.run), `live job ${job.id} has a run row`);
      this.#engine.resume(resumeOrderOf(job, facts.bootId));
      const limitMs = ownTimeLimitMs(job.spec);
      if (job.state.status === 'running' && limitMs !== null) {
        this.#limits.arm(job.id, job.state.run, job.state.startedAt + limitMs);
      }
    }
    this.#cancels.resume();
    this.schedule();
  }

  /** Adds a job at the end of the queue. */
  submit(spec: JobSpec, place: WantedPlace): Job {
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
    const transactions = this.#transactions;
    const { jobs } = this.#parts;
    return transactions.run(() => {
      const placed = placeTx(id, change, { jobs, waiting: this.#waiting, transactions, news: this.#news });
      if (placed.ok && placed.value.changed) transactions.afterwards(() => this.schedule());
      return placed;
    });
  }

  /** The job with that number, or null. */
  get(id: JobId): Job | null {
    return this.#parts.jobs.get(id);
  }

  /** The job as clients see it. */
  view(job: Job): JobView {
    const blocker = this.#cancels.isLeaving(job.id) ? LEAVING : this.#dispatcher.blockerOf(job.id);
    const note = this.#reports.noteOf(job.id);
    return jobView(job, { blocker, progress: this.#parts.progressOf(job.id), note });
  }

  /** Whether a job waits for GPUs that may have them when it is its turn. */
  wantsGpus(): boolean {
    return this.#waiting.wantsGpus();
  }

  /** Cancels one job, whatever it is doing. */
  cancel(id: JobId, by: Origin, force: boolean): Result<Applied, QueueRefusal> {
    return this.#apply(this.#cancels.requestOf(id, by, force));
  }

  /**
   * Cancels several jobs by one decision in one transaction: none of them can be started in between. Answers in the order of
   * `ids` once each has its record; those of many queued jobs are written in slices.
   */
  cancelMany(ids: readonly JobId[], by: Origin, force: boolean): Promise<CancelResults> {
    return this.#transactions.run(() => this.#cancels.manyTx(ids, by, force)).whenDone;
  }

  /** Cancels every queued job, or everything that is not finished; the latter also pauses the queue. */
  cancelAll(which: 'queued' | 'all', by: Origin, force: boolean): Promise<CancelResults> {
    return this.#transactions.run(() => {
      if (which === 'all') this.setMode('pause');
      const known = new Map<JobId, JobStatus>();
      for (const { jobId } of this.#waiting.inOrder()) known.set(jobId, 'queued');
      if (which === 'all') for (const { id, state } of this.#parts.jobs.live()) known.set(id, state.status);
      return this.#cancels.manyTx([...known.keys()], by, force, known);
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
    const { mode, cpuSlots, notice } = this.#control;
    return { mode, cpuSlots, counts: this.#news.counts(), notice };
  }

  /** Run, drain or pause. Touches no run. */
  setMode(mode: QueueMode): void {
    this.#control.setMode(mode);
  }

  /** Keeps changed settings. */
  setSettings(next: Settings): void {
    this.#control.setSettings(next);
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
    this.#cancels[Symbol.dispose]();
    this.#reports[Symbol.dispose]();
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

  #later(act: () => void): void {
    setTimeout(() => {
      if (!this.#disposed) act();
    }, RETRY_MS).unref();
  }

  #apply(request: Request): Result<Applied, QueueRefusal> {
    return required(this.#writer.applyAll([request])[0], 'one request gives one answer');
  }
}

const LEAVING: Blocker = { kind: 'leaving' };
