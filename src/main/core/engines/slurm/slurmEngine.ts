import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReceiptStep, StopStage } from '../../../../shared/job.ts';
import { SLURM_OFF } from '../../../../shared/slurmView.ts';
import type { SlurmView } from '../../../../shared/slurmView.ts';
import { assertNever } from '../../../../shared/result.ts';
import type { JobId, Ms, RunId, SlurmIdentity } from '../../domain/job.ts';
import { environmentForOthers } from '../local/runEnvironment.ts';
import { makeRunDirectory, runPaths } from '../local/runFiles.ts';
import type { RunPaths } from '../local/runFiles.ts';
import type { Engine, EngineReport, RunOrder, RunToResume } from '../engine.ts';
import { batchScript, homePath } from './batchScript.ts';
import type { SlurmFailure } from './failure.ts';
import { fetchLogs, showSharedLog } from './runLog.ts';
import type { RemoteLog } from './runLog.ts';
import { sbatchArguments } from './sbatchArguments.ts';
import { hostShell } from './shell.ts';
import { SlurmCommands } from './slurmCommands.ts';
import type { CancelRequest } from './slurmCommands.ts';
import { endingOf } from './slurmEnd.ts';
import { noteOf, STUCK_MS, unreachableNote } from './slurmNote.ts';
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
/** In two answers in a row a job must be missing before it counts as forgotten. */
const MISSING_TWICE = 2;

/** Runs jobs on a Slurm cluster by Slurm's own commands, here or over ssh. Scheduling and ending of processes is Slurm's. */
export class SlurmEngine implements Engine {
  readonly #parts: SlurmEngineParts;
  readonly #sessions = new Map<string, SlurmSession>();
  readonly #sessionOf = new Map<RunId, SlurmSession>();
  /** Slurm's numbers of jobs that this process has followed: later jobs may have to wait for them. */
  readonly #numbers = new Map<JobId, { readonly id: number; readonly completed: boolean }>();
  /** What the settings name, read when they change: it is asked for at every look of the scheduler. */
  #place: SlurmPlace | null;
  readonly #homes = new Map<string, Promise<string>>();
  #watched = false;
  #disposed = false;

  constructor(parts: SlurmEngineParts) {
    this.#parts = parts;
    this.#place = parts.place();
  }

  start(order: RunOrder): void {
    const place = this.#place;
    this.#follow(newSlurmRun(order, {}), place?.via ?? null);
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
    // Asked again, Slurm asks its node again.
    delete live.stop.sent.end;
    this.#afterStop(live);
  }

  extend(run: RunId, byMs: number): void {
    const live = this.#sessionOf.get(run)?.runs.get(run);
    if (live === undefined || live.stop === null) return;
    live.stop.deadlineAt += byMs;
    this.#step(live, 'extended', null, 'Given more time');
    this.#sessionOf.get(run)?.wake();
  }

  resume(run: RunToResume): void {
    const paths = this.#paths(run);
    const record = readSubmitRecord(paths);
    const identity = run.identity?.engine === 'slurm' ? run.identity : null;
    const live = newSlurmRun(run, {
      identity,
      asked: identity !== null ? 'yes' : record === null ? 'no' : 'perhaps',
      told: run.startedAt !== null ? 'started' : identity === null ? 'nothing' : 'accepted',
      startedAt: run.startedAt,
    });
    if (run.stop !== null) {
      const { requestedAt, deadlineAt, forced, stage } = run.stop;
      // What was sent before is not known: the signal is sent again, as a second one changes nothing for a trainer that stops.
      live.stop = { requestedAt, deadlineAt, forced, sent: stage === 'asked' ? {} : { signal: requestedAt } };
    }
    this.#follow(live, identity?.via ?? record?.via ?? this.#place?.via ?? null);
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
        onSent: (runs, how) => this.#sent(session, runs, how),
        onUnclear: (run) => this.#unclear(session, run),
        onRound: (runs) => this.#fetchLogs(session, via, runs),
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
    const paths = this.#paths(order);
    const { output, jobFiles } = await this.#folders(session, via, order, paths);
    makeRunDirectory(paths);
    const askedAt = this.#parts.now();
    writeSubmitRecord(paths, { tag: run.tag, via, output, askedAt });
    run.asked = 'perhaps';
    const args = sbatchArguments(order.run, order.spec, { output, dependencies: this.#dependencies(order) });
    const prepare = `umask 077\nmkdir -p -- ${homePath(dirname(output))}`;
    const answer = await session.commands.submit(args, batchScript(order, { jobFiles }), prepare);
    if (!answer.ok) {
      if (answer.error.kind === 'refused') this.#refused(run, answer.error.words);
      return answer.error;
    }
    run.asked = 'yes';
    this.#accept(session, run, { via, output, slurmJobId: answer.value, askedAt });
    if (run.stop !== null) session.wake();
    return null;
  }

  #accept(
    session: SlurmSession,
    run: SlurmRun,
    known: Pick<SlurmIdentity, 'via' | 'output' | 'slurmJobId' | 'askedAt'>,
  ): void {
    const identity: SlurmIdentity = { engine: 'slurm', cluster: session.facts?.cluster ?? '', tag: run.tag, ...known };
    run.identity = identity;
    run.told = 'accepted';
    if (known.output !== this.#paths(run.order).log && sshHostOf(known.via) === null) {
      showSharedLog(known.output, this.#paths(run.order).log);
    }
    this.#numbers.set(run.order.jobId, { id: known.slurmJobId, completed: false });
    this.#report({ type: 'accepted', run: run.order.run, jobId: run.order.jobId, identity });
  }

  /** One answer of Slurm has been taken: what is new about the run goes to the queue. */
  #seen(session: SlurmSession, run: SlurmRun): void {
    const { run: id, jobId } = run.order;
    const record = run.identity === null ? readSubmitRecord(this.#paths(run.order)) : null;
    const [first] = run.tasks.values();
    if (run.identity === null && first !== undefined && record !== null) {
      run.asked = 'yes';
      this.#accept(session, run, { ...record, slurmJobId: first.submittedAs });
    }
    if (run.identity === null || run.tasks.size === 0 || run.missing > 0) return;
    const phase = phaseOfRun(run);
    const startedAt = startOfRun(run);
    if (
      run.told !== 'started' &&
      phase !== 'waiting' &&
      phase !== 'unknown' &&
      startedAt !== null &&
      phase !== 'ended'
    ) {
      run.told = 'started';
      run.startedAt = startedAt;
      session.factsAreOld();
      this.#report({ type: 'started', run: id, jobId, identity: run.identity, startedAt });
    }
    run.completingSince = phase === 'completing' ? (run.completingSince ?? this.#parts.now()) : null;
    if (run.stop !== null && run.completingSince !== null) {
      const isStuck = this.#parts.now() - run.completingSince >= STUCK_MS;
      this.#stage(run, isStuck ? 'stuck' : 'verifying');
    }
    if (phase === 'ended') {
      session.factsAreOld();
      return this.#end(run, session);
    }
    this.#tellNote(run, noteOf(run, session.facts?.killWaitSeconds ?? null, this.#parts.now()));
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
    } else if (run.missing >= MISSING_TWICE) {
      // What was seen of it last is no end: only tasks that were seen to end count.
      for (const [id, task] of run.tasks)
        if (phaseOfRun({ ...run, tasks: new Map([[id, task]]) }) !== 'ended') run.tasks.delete(id);
      this.#end(run, session);
    }
    return null;
  }

  /** An sbatch whose answer was lost has not reached Slurm, or so long ago that Slurm may have forgotten what became of it. */
  #neverTaken(session: SlurmSession, run: SlurmRun): void {
    const record = readSubmitRecord(this.#paths(run.order));
    const remembered = (session.facts?.minJobAgeSeconds ?? DEFAULT_MIN_JOB_AGE_S) * 1_000 * CERTAINLY_REMEMBERED;
    const isCertain = record === null || this.#parts.now() - record.askedAt < remembered;
    if (isCertain && run.stop === null) {
      run.asked = 'no';
      run.missing = 0;
    } else {
      this.#end(run, session);
    }
  }

  #sent(session: SlurmSession, runs: readonly SlurmRun[], how: CancelRequest['how']): void {
    for (const run of runs) {
      const signal = run.order.spec.stopSignal;
      switch (how) {
        case 'waiting':
          this.#step(run, 'kill', null, 'scancel for what has not started');
          this.#stage(run, 'terminating');
          break;
        case 'signal':
          this.#step(run, 'main', signal, `${signal} to main, sent by Slurm (scancel --batch)`);
          this.#stage(run, 'terminating');
          break;
        case 'signal-all':
          this.#step(
            run,
            'rest',
            signal,
            `${signal} to all its processes, shortly before the deadline (scancel --full)`,
          );
          break;
        case 'end':
          this.#step(
            run,
            'kill',
            null,
            `scancel: Slurm’s own SIGTERM, then SIGKILL (KillWait ${session.facts?.killWaitSeconds ?? '?'} s)`,
          );
          this.#stage(run, 'killing');
          break;
        default:
          assertNever(how, 'cancel request');
      }
      this.#tellNote(run, noteOf(run, session.facts?.killWaitSeconds ?? null, this.#parts.now()));
    }
  }

  #afterStop(run: SlurmRun): void {
    const session = this.#sessionOf.get(run.order.run);
    if (session === undefined) return;
    // Nothing was asked of Slurm for it: nothing has to be taken back.
    if (run.asked === 'no') return this.#end(run, session);
    if (session.unreachable !== null)
      this.#tellNote(run, unreachableNote(run, session.unreachable.since, session.unreachable.problem));
    session.wake();
  }

  #clusterChanged(session: SlurmSession): void {
    const { unreachable } = session;
    for (const run of session.runs.values()) {
      this.#tellNote(
        run,
        unreachable === null
          ? noteOf(run, session.facts?.killWaitSeconds ?? null, this.#parts.now())
          : unreachableNote(run, unreachable.since, unreachable.problem),
      );
    }
    if (!this.#disposed) this.#parts.onView(this.view());
  }

  #refused(run: SlurmRun, message: string): void {
    if (run.ending) return;
    run.ending = true;
    const { run: id, jobId } = run.order;
    this.#forget(run);
    const endedAt = this.#parts.now();
    const outcome = { kind: 'start-error', stage: 'sbatch', code: 'SBATCH', message } as const;
    const witness = {
      name: 'Slurm',
      lastWord: 'refused the job',
      steps: run.steps,
      proofs: ['Slurm did not take the job: nothing ran'],
    };
    this.#report({
      type: 'ended',
      run: id,
      jobId,
      outcome,
      startedAt: null,
      endedAt,
      proof: { ...NO_PROCESSES, cluster: witness, finishedAt: endedAt },
    });
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
        this.#parts.onBug(error);
        run.ending = false;
        session?.wake();
      },
    );
  }

  async #tellEnd(run: SlurmRun, session: SlurmSession | null): Promise<boolean> {
    const { order } = run;
    const { log } = this.#paths(order);
    // Asked again even where nothing is said: the queue may still be in the turn in which it asked.
    await Promise.resolve();
    if (session !== null && !(await this.#fetchAll(session, run))) return false;
    await this.#parts.onLogWhole(order, log).catch(this.#parts.onBug);
    const now = this.#parts.now();
    if (run.stop !== null) this.#stage(run, 'verifying');
    const ending =
      run.asked === 'no' ? await neverAsked(run, log, now) : await endingOf(run, log, session?.facts ?? null, now);
    const { outcome, startedAt, endedAt, witness } = ending;
    const number = this.#numbers.get(order.jobId);
    if (number !== undefined) {
      this.#numbers.set(order.jobId, {
        ...number,
        completed: outcome.kind === 'exited' && outcome.code === 0 && run.stop === null,
      });
    }
    const proof = { ...NO_PROCESSES, cluster: witness, finishedAt: now };
    this.#report({ type: 'ended', run: order.run, jobId: order.jobId, outcome, startedAt, endedAt, proof });
    return true;
  }

  #forget(run: SlurmRun): void {
    this.#sessionOf.get(run.order.run)?.runs.delete(run.order.run);
    this.#sessionOf.delete(run.order.run);
  }

  /** Slurm's numbers of the jobs that this one waits for and that have not completed yet. */
  #dependencies({ spec }: RunOrder): readonly number[] {
    return spec.after.flatMap((jobId) => {
      const number = this.#numbers.get(jobId);
      return number === undefined || number.completed ? [] : [number.id];
    });
  }

  async #folders(
    session: SlurmSession,
    via: string,
    { run, jobId }: RunOrder,
    paths: RunPaths,
  ): Promise<{ readonly output: string; readonly jobFiles: string }> {
    const shared = this.#place?.folder ?? null;
    if (sshHostOf(via) === null) {
      if (shared === null) return { output: paths.log, jobFiles: paths.jobFiles };
      mkdirSync(join(shared, 'jobs'), { recursive: true });
    }
    const root = shared ?? `${await this.#home(session, via)}/.trainyard`;
    return { output: `${root}/logs/${run}.log`, jobFiles: `${root}/jobs/${jobId}/files` };
  }

  /** The home folder on the other side; sbatch takes no `~`. */
  async #home(session: SlurmSession, via: string): Promise<string> {
    const known = this.#homes.get(via);
    if (known !== undefined) return known;
    const asked = session.commands.run('printf %s "$HOME"', 20_000).then(({ code, stdout }) => {
      if (code !== 0 || !stdout.startsWith('/')) this.#homes.delete(via);
      return stdout;
    });
    this.#homes.set(via, asked);
    return asked;
  }

  async #fetchLogs(session: SlurmSession, via: string, runs: readonly SlurmRun[]): Promise<SlurmFailure | null> {
    if (sshHostOf(via) === null) return null;
    const logs = runs.flatMap((run) => (run.told === 'started' && !run.ending ? this.#remoteLog(run) : []));
    if (logs.length === 0) return null;
    const hasMore = await fetchLogs(session.commands, logs);
    if (!hasMore.ok) return hasMore.error;
    if (hasMore.value) session.wake();
    return null;
  }

  /** Whether the whole of the log is here. */
  async #fetchAll(session: SlurmSession, run: SlurmRun): Promise<boolean> {
    if (run.identity === null || sshHostOf(run.identity.via) === null) return true;
    for (;;) {
      const hasMore = await fetchLogs(session.commands, this.#remoteLog(run));
      if (!hasMore.ok) return false;
      if (!hasMore.value) return true;
    }
  }

  #remoteLog(run: SlurmRun): readonly RemoteLog[] {
    return run.identity === null ? [] : [{ there: run.identity.output, here: this.#paths(run.order).log }];
  }

  #paths({ jobId, run }: RunOrder): RunPaths {
    return runPaths(this.#parts.dataFolder, jobId, run);
  }

  #step(run: SlurmRun, rung: ReceiptStep['rung'], signal: string | null, words: string): void {
    run.steps.push({ rung, at: this.#parts.now(), signal, sent: rung === 'main' ? 1 : 0, words });
  }

  #stage(run: SlurmRun, stage: StopStage): void {
    this.#report({ type: 'stop-stage', run: run.order.run, jobId: run.order.jobId, stage });
  }

  #tellNote(run: SlurmRun, note: string | null): void {
    if (run.note === note || run.ending) return;
    run.note = note;
    this.#report({ type: 'note', run: run.order.run, jobId: run.order.jobId, note });
  }

  #report(report: EngineReport): void {
    if (!this.#disposed) this.#parts.report(report);
  }
}

/** Processes on other machines are not seen by this app. */
const NO_PROCESSES = { runner: null, journal: [], membersGone: 0, memory: [], observations: [] } as const;

async function neverAsked(run: SlurmRun, log: string, now: Ms): ReturnType<typeof endingOf> {
  const ending = await endingOf(run, log, null, now);
  return { ...ending, outcome: { kind: 'never-started' }, witness: { ...ending.witness, lastWord: 'was never asked' } };
}
