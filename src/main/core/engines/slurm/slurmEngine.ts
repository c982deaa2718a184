import type { JobStatus } from '../../../../shared/job.ts';
import { SLURM_OFF } from '../../../../shared/slurmView.ts';
import type { SlurmView } from '../../../../shared/slurmView.ts';
import type { JobId, Ms, RunId } from '../../domain/job.ts';
import { environmentForOthers } from '../../runs/runEnvironment.ts';
import type { Engine, EngineReport, RunOrder, RunToResume } from '../engine.ts';
import type { SlurmFailure } from './failure.ts';
import { RunEndings } from './runEndings.ts';
import { RunPlaces } from './runPlaces.ts';
import { RunReports } from './runReports.ts';
import { RunSubmissions } from './runSubmissions.ts';
import { hostShell } from './shell.ts';
import { SlurmCommands } from './slurmCommands.ts';
import { STUCK_MS } from './slurmNote.ts';
import { MISSING_TWICE, newSlurmRun, phaseOfRun, startOfRun } from './slurmRun.ts';
import type { SlurmRun } from './slurmRun.ts';
import { SlurmSession } from './slurmSession.ts';
import { sshHostOf } from './slurmTargets.ts';
import type { SlurmPlace } from './slurmTargets.ts';
import { SshShell } from './sshShell.ts';
import { readSubmitRecord } from './submitRecord.ts';

/** What the engine stands on. */
export interface SlurmEngineParts {
  readonly dataFolder: string;
  readonly now: () => Ms;
  /** The Slurm that the settings name now; null when they name none. */
  readonly place: () => SlurmPlace | null;
  /** What a job is now; null when it was deleted. */
  readonly statusOf: (job: JobId) => JobStatus | null;
  readonly report: (report: EngineReport) => void;
  /** The run's log is whole now: a last look at it, before its end is reported. */
  readonly onLogWhole: (order: RunOrder, log: string) => Promise<void>;
  /** What is known of the cluster has changed. */
  readonly onView: (view: SlurmView) => void;
  readonly onBug: (error: unknown) => void;
}

/** Runs jobs on a Slurm cluster by Slurm's own commands, here or over ssh. Scheduling and ending of processes is Slurm's. */
export class SlurmEngine implements Engine {
  readonly #parts: SlurmEngineParts;
  readonly #sessions = new Map<string, SlurmSession>();
  readonly #sessionOf = new Map<RunId, SlurmSession>();
  /** The live run of each job: later jobs may have to wait for it. */
  readonly #runOfJob = new Map<JobId, SlurmRun>();
  /** What the settings name, read when they change: it is asked for at every look of the scheduler. */
  #place: SlurmPlace | null;
  readonly #places: RunPlaces;
  readonly #reports: RunReports;
  readonly #endings: RunEndings;
  readonly #submissions: RunSubmissions;
  #watched = false;
  #disposed = false;

  constructor(parts: SlurmEngineParts) {
    const { now, onLogWhole, onBug } = parts;
    const places = new RunPlaces(parts.dataFolder);
    const reports = new RunReports(now, (report) => {
      if (!this.#disposed) parts.report(report);
    });
    this.#parts = parts;
    this.#place = parts.place();
    this.#places = places;
    this.#reports = reports;
    this.#endings = new RunEndings({ places, reports, now, onLogWhole, forget: (run) => this.#forget(run), onBug });
    this.#submissions = new RunSubmissions({
      places,
      reports,
      endings: this.#endings,
      now,
      sharedFolder: () => this.#place?.folder ?? null,
      statusOf: parts.statusOf,
      runOfJob: (job) => this.#runOfJob.get(job),
      isDisposed: () => this.#disposed,
    });
  }

  start(order: RunOrder): void {
    this.#follow(newSlurmRun(order, {}), this.#place?.via ?? null);
  }

  stop(run: RunId, graceMs: number): void {
    const live = this.#sessionOf.get(run)?.runs.get(run);
    if (live === undefined || live.stop !== null) return;
    const now = this.#parts.now();
    live.stop = { requestedAt: now, deadlineAt: now + graceMs, forced: false, sent: {} };
    this.#afterStop(live);
  }

  force(run: RunId): void {
    const live = this.#sessionOf.get(run)?.runs.get(run);
    if (live === undefined) return;
    live.stop ??= { requestedAt: this.#parts.now(), deadlineAt: this.#parts.now(), forced: true, sent: {} };
    live.stop.forced = true;
    // A plain scancel may have gone out long ago: force sends another at once.
    delete live.stop.sent.end;
    this.#afterStop(live);
  }

  extend(run: RunId, byMs: number): void {
    const live = this.#sessionOf.get(run)?.runs.get(run);
    if (live === undefined || live.stop === null) return;
    live.stop.deadlineAt += byMs;
    this.#reports.extended(live);
    this.#sessionOf.get(run)?.wake();
  }

  resume(run: RunToResume): void {
    const record = readSubmitRecord(this.#places.here(run));
    const identity = run.identity?.engine === 'slurm' ? run.identity : null;
    const live = newSlurmRun(run, {
      identity,
      asked: identity !== null ? 'yes' : record === null ? 'no' : 'perhaps',
      lostAt: identity === null && record !== null ? this.#parts.now() : null,
      told: run.startedAt !== null ? 'started' : identity === null ? 'nothing' : 'accepted',
      startedAt: run.startedAt,
    });
    if (run.stop !== null) {
      const { requestedAt, deadlineAt, forced, stage } = run.stop;
      // Which requests went out before is not known. Once the stop was past 'asked', the signal to main is taken as sent:
      // a second one may end a trainer that is saving. What comes after it is sent by the clock.
      live.stop = { requestedAt, deadlineAt, forced, sent: stage === 'asked' ? {} : { signal: requestedAt } };
    }
    this.#follow(live, identity?.via ?? record?.via ?? this.#place?.via ?? null);
    // It was claimed and cancelled, and never handed over: its end is told once the queue is done with resuming.
    if (live.stop !== null && live.asked === 'no') setImmediate(() => this.#afterStop(live));
  }

  memberPids(): ReadonlyMap<number, RunOrder> {
    // They are on other machines, or Slurm's here.
    return new Map();
  }

  /** What is known of the Slurm that the settings name. */
  view(): SlurmView {
    const place = this.#place;
    if (place === null) return SLURM_OFF;
    const session = this.#session(place.via);
    const { facts, factsAt, unreachable, words } = session;
    return {
      state: unreachable !== null ? 'unreachable' : facts === null ? 'starting' : 'ok',
      via: words,
      cluster: facts?.cluster ?? null,
      version: facts?.version ?? null,
      partitions: facts?.partitions ?? [],
      unreachableSince: unreachable?.since ?? null,
      problem: unreachable?.problem ?? null,
      killWaitSeconds: facts?.killWaitSeconds ?? null,
      processTracking: facts?.processTracking ?? null,
      sampledAt: factsAt,
    };
  }

  /** Asks the Slurm that the settings name now, and answers what it said. */
  async look(): Promise<SlurmView> {
    const place = this.#place;
    if (place !== null) await this.#session(place.via).ask();
    return this.view();
  }

  /** Whether somebody looks at the jobs: then Slurm is asked more often. */
  setWatched(watched: boolean): void {
    this.#watched = watched;
    const place = this.#place;
    for (const [via, session] of this.#sessions) session.watched = watched && via === place?.via;
    if (watched && place !== null) this.#session(place.via).wake();
  }

  /** Why no job can be started on Slurm, in words; null when one can. */
  closed(): string | null {
    return this.#place === null ? 'needs Slurm, and the settings name none' : null;
  }

  /** The settings have changed: sessions without runs are made anew. */
  settingsChanged(): void {
    this.#place = this.#parts.place();
    for (const [via, session] of this.#sessions) {
      if (session.runs.size > 0) continue;
      session[Symbol.dispose]();
      this.#sessions.delete(via);
    }
    this.setWatched(this.#watched);
    this.#parts.onView(this.view());
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const session of this.#sessions.values()) session[Symbol.dispose]();
    this.#sessions.clear();
    this.#sessionOf.clear();
  }

  #follow(run: SlurmRun, via: string | null): void {
    if (via === null) return this.#endings.end(run, null);
    const session = this.#session(via);
    session.runs.set(run.order.run, run);
    this.#sessionOf.set(run.order.run, session);
    this.#runOfJob.set(run.order.jobId, run);
    session.wake();
  }

  #session(via: string): SlurmSession {
    const known = this.#sessions.get(via);
    if (known !== undefined) return known;
    const host = sshHostOf(via);
    const environment = environmentForOthers(process.env);
    const shell = host === null ? hostShell(environment) : new SshShell(host, environment);
    const session: SlurmSession = new SlurmSession(
      new SlurmCommands(shell, this.#place?.commands ?? null),
      shell.words,
      this.#parts.now,
      {
        submit: (run) => this.#submissions.submit(session, via, run),
        onSeen: (run) => this.#seen(session, run),
        onSent: (runs, how) => {
          for (const run of runs) this.#reports.sent(run, how, session);
        },
        onUnclear: (run) => this.#unclear(session, run),
        onRound: (runs) => this.#fetchLogs(session, runs),
        onCluster: () => this.#clusterChanged(session),
        onBug: this.#parts.onBug,
      },
    );
    session.watched = this.#watched && via === this.#place?.via;
    this.#sessions.set(via, session);
    return session;
  }

  /** One answer of Slurm has been taken: what is new about the run goes to the queue. */
  #seen(session: SlurmSession, run: SlurmRun): void {
    this.#submissions.recognise(session, run);
    if (run.identity === null || run.tasks.size === 0 || run.missing > 0) return;
    const phase = phaseOfRun(run);
    const startedAt = startOfRun(run);
    const runs = phase === 'running' || phase === 'completing';
    if (run.told !== 'started' && runs && startedAt !== null) {
      session.factsAreOld();
      this.#reports.started(run, run.identity, startedAt);
    }
    run.completingSince = phase === 'completing' ? (run.completingSince ?? this.#parts.now()) : null;
    if (run.stop !== null && run.completingSince !== null) {
      const isStuck = this.#parts.now() - run.completingSince >= STUCK_MS;
      this.#reports.stage(run, isStuck ? 'stuck' : 'verifying');
    }
    if (phase === 'ended') {
      session.factsAreOld();
      return this.#endings.end(run, session);
    }
    this.#reports.note(run, session);
  }

  async #unclear(session: SlurmSession, run: SlurmRun): Promise<SlurmFailure | null> {
    if (run.identity === null) {
      const lost = this.#submissions.lost(run, session.facts);
      if (lost === 'forgotten') this.#endings.end(run, session);
      else if (lost === 'not-taken' && run.stop !== null) this.#afterStop(run);
      return null;
    }
    const found = await session.commands.find(run.identity.slurmJobId, session.facts?.hasAccounting ?? false);
    if (!found.ok) return found.error;
    const { askedAt } = run.identity;
    const own = found.value.filter(
      (job) => job.comment === run.tag || (job.comment === '' && (job.endTime ?? 0) >= askedAt - 300_000),
    );
    if (own.length > 0) {
      for (const task of own) run.tasks.set(task.id, task);
      run.missing = 0;
      run.isOurs = own.some(({ comment }) => comment === run.tag);
    } else if (run.missing >= MISSING_TWICE) {
      // What was seen of it last is no end: only tasks that were seen to end count.
      for (const [id, task] of run.tasks)
        if (phaseOfRun({ ...run, tasks: new Map([[id, task]]) }) !== 'ended') run.tasks.delete(id);
      this.#endings.end(run, session);
    }
    return null;
  }

  #afterStop(run: SlurmRun): void {
    const session = this.#sessionOf.get(run.order.run);
    if (session === undefined) return;
    // Nothing was asked of Slurm for it: nothing has to be taken back.
    if (run.asked === 'no') return this.#endings.end(run, session);
    if (session.unreachable !== null) this.#reports.note(run, session);
    session.wake();
  }

  #clusterChanged(session: SlurmSession): void {
    for (const run of session.runs.values()) this.#reports.note(run, session);
    if (!this.#disposed) this.#parts.onView(this.view());
  }

  #forget(run: SlurmRun): void {
    this.#sessionOf.get(run.order.run)?.runs.delete(run.order.run);
    this.#sessionOf.delete(run.order.run);
    if (this.#runOfJob.get(run.order.jobId) === run) this.#runOfJob.delete(run.order.jobId);
  }

  async #fetchLogs(session: SlurmSession, runs: readonly SlurmRun[]): Promise<SlurmFailure | null> {
    const going = runs.filter(({ told, ending }) => told === 'started' && !ending);
    const hasMore = await this.#places.fetch(session.commands, going);
    if (!hasMore.ok) return hasMore.error;
    if (hasMore.value) session.wake();
    return null;
  }
}
