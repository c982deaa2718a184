import { dirname } from 'node:path';
import type { JobStatus } from '../../../../shared/job.ts';
import { SLURM_OFF } from '../../../../shared/slurmView.ts';
import type { SlurmView } from '../../../../shared/slurmView.ts';
import type { JobId, Ms, RunId, SlurmIdentity } from '../../domain/job.ts';
import { environmentForOthers } from '../../runs/runEnvironment.ts';
import { makeRunDirectory } from '../../runs/runFiles.ts';
import type { Engine, EngineReport, RunOrder, RunToResume } from '../engine.ts';
import { batchScript, homePath } from './batchScript.ts';
import type { SlurmFailure } from './failure.ts';
import { showSharedLog } from './runLog.ts';
import { RunPlaces } from './runPlaces.ts';
import { RunReports } from './runReports.ts';
import { sbatchArguments } from './sbatchArguments.ts';
import { hostShell } from './shell.ts';
import { SlurmCommands } from './slurmCommands.ts';
import { endingOf } from './slurmEnd.ts';
import { STUCK_MS } from './slurmNote.ts';
import { newSlurmRun, phaseOfRun, startOfRun } from './slurmRun.ts';
import type { SlurmRun } from './slurmRun.ts';
import { SlurmSession } from './slurmSession.ts';
import { sshHostOf } from './slurmTargets.ts';
import type { SlurmPlace } from './slurmTargets.ts';
import { SshShell } from './sshShell.ts';
import { readSubmitRecord, writeSubmitRecord } from './submitRecord.ts';

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

/** A run whose mark Slurm does not know was never taken, if it was asked so short a time ago; Slurm forgets ended jobs after MinJobAge. */
const CERTAINLY_REMEMBERED = 0.5;
const DEFAULT_MIN_JOB_AGE_S = 300;
/** In two answers in a row a job must be missing before it counts as forgotten, or as never taken. */
const MISSING_TWICE = 2;
/** An sbatch whose answer was lost may still be on its way for so long. */
const ON_ITS_WAY_MS = 10_000;

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
  #watched = false;
  #disposed = false;

  constructor(parts: SlurmEngineParts) {
    this.#parts = parts;
    this.#place = parts.place();
    this.#places = new RunPlaces(parts.dataFolder);
    this.#reports = new RunReports(parts.now, (report) => {
      if (!this.#disposed) parts.report(report);
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
    if (via === null) return this.#end(run, null);
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
        submit: (run) => this.#submit(session, via, run),
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

  async #submit(session: SlurmSession, via: string, run: SlurmRun): Promise<SlurmFailure | null> {
    const { order } = run;
    const { commands } = session;
    try {
      const paths = this.#places.here(order);
      const there = await this.#places.there(commands, via, order, this.#place?.folder ?? null);
      if (!there.ok) return there.error;
      // From here to sbatch nothing else gets its turn: a cancel came before, or finds a job that was asked for.
      if (run.stop !== null || run.ending || this.#disposed) return null;
      const dependencies = this.#dependencies(session, via, run);
      if (dependencies === null) return null;
      const { output, jobFiles } = there.value;
      makeRunDirectory(paths);
      const askedAt = this.#parts.now();
      writeSubmitRecord(paths, { tag: run.tag, via, output, askedAt });
      run.asked = 'perhaps';
      const args = sbatchArguments(order.run, order.spec, { output, dependencies });
      const prepare = `umask 077\nmkdir -p -- ${homePath(dirname(output))}`;
      const answer = await commands.submit(args, batchScript(order, { jobFiles }), prepare);
      if (!answer.ok) {
        if (answer.error.kind === 'refused') this.#refused(run, answer.error.words);
        else run.lostAt = this.#parts.now();
        return answer.error;
      }
      run.asked = 'yes';
      run.isOurs = true;
      this.#accept(session, run, { via, output, slurmJobId: answer.value, askedAt });
      return null;
    } catch (error) {
      // This machine's disk: sbatch was not asked.
      this.#refused(run, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #accept(
    session: SlurmSession,
    run: SlurmRun,
    known: Pick<SlurmIdentity, 'via' | 'output' | 'slurmJobId' | 'askedAt'>,
  ): void {
    const { log } = this.#places.here(run.order);
    if (sshHostOf(known.via) === null) showSharedLog(known.output, log);
    const { via, output, slurmJobId, askedAt } = known;
    const cluster = session.facts?.cluster ?? '';
    run.lostAt = null;
    this.#reports.accepted(run, { engine: 'slurm', cluster, tag: run.tag, via, output, slurmJobId, askedAt });
  }

  /** One answer of Slurm has been taken: what is new about the run goes to the queue. */
  #seen(session: SlurmSession, run: SlurmRun): void {
    const record = run.identity === null ? readSubmitRecord(this.#places.here(run.order)) : null;
    const [first] = run.tasks.values();
    if (run.identity === null && first !== undefined && record !== null) {
      run.asked = 'yes';
      this.#accept(session, run, { ...record, slurmJobId: first.submittedAs });
    }
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
      return this.#end(run, session);
    }
    this.#reports.note(run, session);
  }

  async #unclear(session: SlurmSession, run: SlurmRun): Promise<SlurmFailure | null> {
    if (run.identity === null) {
      this.#neverTaken(session, run);
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
      this.#end(run, session);
    }
    return null;
  }

  /**
   * An sbatch whose answer was lost, and Slurm shows no job with its mark: it may be on its way still, it has not reached
   * Slurm, or it did so long ago that Slurm may have forgotten what became of it.
   */
  #neverTaken(session: SlurmSession, run: SlurmRun): void {
    const sinceLost = this.#parts.now() - (run.lostAt ?? 0);
    if (run.missing < MISSING_TWICE || sinceLost < ON_ITS_WAY_MS) return;
    const record = readSubmitRecord(this.#places.here(run.order));
    const remembered = (session.facts?.minJobAgeSeconds ?? DEFAULT_MIN_JOB_AGE_S) * 1_000 * CERTAINLY_REMEMBERED;
    const isCertain = record === null || this.#parts.now() - record.askedAt < remembered;
    if (!isCertain) return this.#end(run, session);
    run.asked = 'no';
    run.missing = 0;
    if (run.stop !== null) this.#afterStop(run);
  }

  #afterStop(run: SlurmRun): void {
    const session = this.#sessionOf.get(run.order.run);
    if (session === undefined) return;
    // Nothing was asked of Slurm for it: nothing has to be taken back.
    if (run.asked === 'no') return this.#end(run, session);
    if (session.unreachable !== null) this.#reports.note(run, session);
    session.wake();
  }

  #clusterChanged(session: SlurmSession): void {
    for (const run of session.runs.values()) this.#reports.note(run, session);
    if (!this.#disposed) this.#parts.onView(this.view());
  }

  #refused(run: SlurmRun, message: string): void {
    if (run.ending) return;
    run.ending = true;
    this.#forget(run);
    this.#reports.refused(run, message);
  }

  /** Reports the end of a run once its log is here; what keeps that from being found out is tried again in the next round. */
  #end(run: SlurmRun, session: SlurmSession | null): void {
    if (run.ending) return;
    run.ending = true;
    this.#tellEnd(run, session).then(
      (isTold) => {
        if (isTold) this.#forget(run);
        else run.ending = false;
      },
      (error: unknown) => {
        // Such as a local disk that is full: at the pace of the rounds, not at once again.
        this.#parts.onBug(error);
        run.ending = false;
      },
    );
  }

  async #tellEnd(run: SlurmRun, session: SlurmSession | null): Promise<boolean> {
    const { order, stop } = run;
    const { log } = this.#places.here(order);
    if (session !== null && !(await this.#places.fetchAll(session.commands, run))) return false;
    await this.#parts.onLogWhole(order, log).catch(this.#parts.onBug);
    if (stop !== null) this.#reports.stage(run, 'verifying');
    const ending = await endingOf(run, log, session?.facts ?? null, this.#parts.now());
    this.#reports.ended(run, ending);
    return true;
  }

  #forget(run: SlurmRun): void {
    this.#sessionOf.get(run.order.run)?.runs.delete(run.order.run);
    this.#sessionOf.delete(run.order.run);
    if (this.#runOfJob.get(run.order.jobId) === run) this.#runOfJob.delete(run.order.jobId);
  }

  /**
   * Slurm's numbers of the jobs that this one waits for and that are going there. Null when one of them is neither that nor
   * completed: it ended badly, is being stopped, or is on another cluster, where its number means another job. Then the run is kept here, and its row says which.
   */
  #dependencies(session: SlurmSession, via: string, run: SlurmRun): readonly number[] | null {
    const numbers: number[] = [];
    const cluster = session.facts?.cluster ?? '';
    for (const jobId of run.order.spec.after) {
      const status = this.#parts.statusOf(jobId);
      if (status === 'completed') continue;
      const { identity = null, stop = null } = this.#runOfJob.get(jobId) ?? {};
      if (identity === null || stop !== null || identity.via !== via || identity.cluster !== cluster) {
        run.waitsFor = { jobId, status };
        this.#reports.note(run, session);
        return null;
      }
      numbers.push(identity.slurmJobId);
    }
    run.waitsFor = null;
    return numbers;
  }

  async #fetchLogs(session: SlurmSession, runs: readonly SlurmRun[]): Promise<SlurmFailure | null> {
    const going = runs.filter(({ told, ending }) => told === 'started' && !ending);
    const hasMore = await this.#places.fetch(session.commands, going);
    if (!hasMore.ok) return hasMore.error;
    if (hasMore.value) session.wake();
    return null;
  }
}
