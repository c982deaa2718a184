import type { Outcome, StopStage } from '../../../../shared/job.ts';
import type { Ms, RunId } from '../../domain/job.ts';
import { identityOf, reconcile } from '../../domain/reconcile.ts';
import { keptSecretsOf } from '../../domain/secretWords.ts';
import { kernelMemoryKills } from '../../logs/causes.ts';
import { descendantsOf, isAlive, processesWithVariable } from '../../processes/processTable.ts';
import { RecentProcesses } from '../../processes/recentProcesses.ts';
import { RUN_TAG } from '../../runs/runEnvironment.ts';
import { makeRunDirectory, readExit, readIdentity, readRunnerError, runPaths } from '../../runs/runFiles.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import type { Engine, EngineReport, RunOrder, RunToResume } from '../engine.ts';
import { NOTHING_HELD } from '../release.ts';
import type { ReleaseCheck } from '../release.ts';
import { askRunner } from './askRunner.ts';
import type { RunnerRequest } from './askRunner.ts';
import { processesOfContainers } from './containerProcesses.ts';
import { ContainerStop } from './containerStop.ts';
import type { LiveRun } from './liveRun.ts';
import { endByRecord, endBySweep } from './runEnd.ts';
import type { RunEndParts, RunEnding } from './runEnd.ts';
import { RunFollower } from './runFollower.ts';
import type { Known } from './runFollower.ts';
import type { RunnerCommand } from './runnerCommand.ts';
import { findUserManager, RunScope } from './scope.ts';
import type { UserManager } from './scope.ts';
import { spawnRunner } from './spawnRunner.ts';

/** How long to wait before looking again for the identity of a run whose runner is just starting. */
const IDENTITY_WAIT_MS = 100;
/** So often: a runner that lives writes it within milliseconds, and one that was killed before it did never will. */
const IDENTITY_LOOKS = 50;
/** Before an end that could not be found out is looked at again. */
const END_RETRY_MS = 5_000;
/** How old the process table may be that says whose a process is. */
const MEMBERS_AGE_MS = 500;

/** What the local engine stands on. */
export interface LocalEngineParts {
  readonly dataFolder: string;
  readonly runner: RunnerCommand;
  readonly bootId: string;
  readonly now: () => Ms;
  readonly release: ReleaseCheck;
  readonly report: (report: EngineReport) => void;
  /** The run's log is whole now: a last look at it, before its end is reported. */
  readonly onLogWhole: (order: RunOrder, log: string) => Promise<void>;
  /** Where something goes that is a bug, not a refusal. */
  readonly onBug: (error: unknown) => void;
}

interface StartError {
  readonly code: string;
  readonly message: string;
}

/** Runs jobs on this machine, each under a runner of its own that outlives the app. */
export class LocalEngine implements Engine {
  readonly #parts: LocalEngineParts;
  readonly #ends: RunEndParts;
  readonly #processes = new RecentProcesses();
  readonly #runs = new Map<RunId, LiveRun>();
  /** Runs whose runner is there and has not said yet who it is; requests to it are written down all the same. */
  readonly #waiting = new Map<RunId, RunPaths>();
  #userManager: UserManager | null = null;
  /** Until it is known whether there is a user manager; null from then on. */
  #looking: Promise<void> | null = null;
  #disposed = false;

  constructor(parts: LocalEngineParts) {
    this.#parts = parts;
    const onStage = ({ run, jobId }: RunOrder, stage: StopStage): void =>
      this.#report({ type: 'stop-stage', run, jobId, stage });
    this.#ends = { now: parts.now, release: parts.release, onLogWhole: parts.onLogWhole, onBug: parts.onBug, onStage };
    const asked = findUserManager(process.env);
    if (asked === null) return;
    this.#looking = asked.then((manager) => {
      this.#userManager = manager;
      this.#looking = null;
    });
    this.#looking.catch(parts.onBug);
  }

  start(order: RunOrder): void {
    const paths = runPaths(this.#parts.dataFolder, order.jobId, order.run);
    this.#orNotStarted(order, () => {
      makeRunDirectory(paths);
      const live = this.#follow(order, paths, null);
      if (this.#looking === null) return this.#spawn(live);
      // Requests are written down meanwhile: the runner reads them first.
      const whenKnown = this.#looking.then(() => {
        if (!this.#disposed) this.#orNotStarted(order, () => this.#spawn(live));
      });
      whenKnown.catch(this.#parts.onBug);
    });
  }

  stop(run: RunId, graceMs: number): void {
    const live = this.#runs.get(run);
    if (live !== undefined) {
      live.deadlineAt ??= this.#parts.now() + graceMs;
      this.#parts.release.before(run, live.order.gpus);
      if (live.container !== null) return live.container.stop(graceMs);
    }
    this.#ask(run, { kind: 'stop', graceMs });
  }

  force(run: RunId): void {
    const live = this.#runs.get(run);
    if (live !== undefined) {
      live.forced = true;
      live.deadlineAt ??= this.#parts.now();
      if (live.container !== null) return live.container.force();
    }
    this.#ask(run, { kind: 'force' });
  }

  extend(run: RunId, byMs: number): void {
    const live = this.#runs.get(run);
    if (live !== undefined && live.deadlineAt !== null) live.deadlineAt += byMs;
    live?.container?.extend(byMs);
    this.#ask(run, { kind: 'extend', byMs });
  }

  resume(run: RunToResume): void {
    this.#resume(run, 0);
  }

  memberPids(): ReadonlyMap<number, RunOrder> {
    const table = this.#processes.get(MEMBERS_AGE_MS);
    const starts = new Map(table.map(({ pid, start }) => [pid, start]));
    const owners = new Map<number, RunOrder>();
    for (const { order, follower, container } of this.#runs.values()) {
      const { identity, members } = follower;
      if (identity === null) continue;
      // Main is known also of a run that ended while the app was away.
      for (const { pid, start } of [...members, { pid: identity.mainPid, start: identity.mainStart }]) {
        // A number that another process has taken over is none of ours any more.
        if ((starts.get(pid) ?? start) === start) owners.set(pid, order);
      }
      for (const { pid } of descendantsOf(identity.runnerPid, table)) owners.set(pid, order);
      if (container === null || container.id === null) continue;
      for (const pid of processesOfContainers([container.id], table)) owners.set(pid, order);
    }
    return owners;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { follower, container } of this.#runs.values()) {
      follower[Symbol.dispose]();
      container?.[Symbol.dispose]();
    }
    this.#runs.clear();
    this.#waiting.clear();
  }

  #resume(run: RunToResume, looks: number): void {
    const paths = runPaths(this.#parts.dataFolder, run.jobId, run.run);
    const record = readIdentity(paths);
    const identity = record === null ? ofThisEngine(run).identity : identityOf(record);
    const found = reconcile({
      bootId: this.#parts.bootId,
      claimedBootId: run.claimedBootId,
      exit: readExit(paths),
      identity,
      runnerAlive: identity !== null && isAlive({ pid: identity.runnerPid, start: identity.runnerStart }),
      spawned: processesWithVariable(RUN_TAG, run.run).length > 0,
    });
    switch (found.kind) {
      case 'lost-by-reboot':
        return this.#nothingRan(run, { kind: 'lost', why: 'reboot' }, run.startedAt);
      case 'start-again':
        if (run.stop !== null) return this.#nothingRan(run, { kind: 'never-started' });
        return this.start(run);
      case 'wait-for-identity':
        return this.#waitForIdentity(run, paths, looks);
      case 'finish':
      case 'adopt':
      case 'lost':
        // The follower reads the same files and comes to the same end.
        makeRunDirectory(paths);
        this.#askAgain(run, this.#follow(run, paths, ofThisEngine(run)));
    }
  }

  /** Its runner lives and will write it any moment; if it has died before it did, what carries its tag is swept. */
  #waitForIdentity(run: RunToResume, paths: RunPaths, looks: number): void {
    if (looks >= IDENTITY_LOOKS) {
      this.#waiting.delete(run.run);
      makeRunDirectory(paths);
      const live = this.#follow(run, paths, ofThisEngine(run));
      this.#askAgain(run, live);
      live.follower[Symbol.dispose]();
      return this.#endWith(live, () => endBySweep(live, this.#ends));
    }
    if (looks === 0 && run.stop !== null) askRunner(paths, null, { kind: 'stop', graceMs: this.#timeLeft(run.stop) });
    this.#waiting.set(run.run, paths);
    setTimeout(() => {
      this.#waiting.delete(run.run);
      if (!this.#disposed) this.#resume(run, looks + 1);
    }, IDENTITY_WAIT_MS);
  }

  /** The request may have been written down and not have reached the runner; a second one changes nothing. */
  #askAgain({ run, stop }: RunToResume, live: LiveRun): void {
    if (stop === null) return;
    this.stop(run, this.#timeLeft(stop));
    live.deadlineAt = stop.deadlineAt;
    if (stop.forced) this.force(run);
  }

  #timeLeft(stop: { readonly deadlineAt: Ms }): number {
    return Math.max(0, stop.deadlineAt - this.#parts.now());
  }

  #ask(run: RunId, request: RunnerRequest): void {
    const live = this.#runs.get(run);
    const paths = live?.paths ?? this.#waiting.get(run);
    if (paths !== undefined) askRunner(paths, live?.follower.identity ?? null, request);
  }

  /** The data folder cannot be written, or the command is too long for the kernel: nothing was started. */
  #orNotStarted(order: RunOrder, begin: () => void): void {
    try {
      begin();
    } catch (error) {
      this.#runs.get(order.run)?.follower[Symbol.dispose]();
      this.#notStarted(order, startErrorOf(error));
    }
  }

  #spawn(live: LiveRun): void {
    const { order, paths, container } = live;
    const manager = this.#userManager;
    live.scope = manager === null ? null : RunScope.plan(manager, order.run, paths);
    const how = {
      command: container?.command ?? order.spec.command,
      scope: manager === null || live.scope === null ? null : { manager, of: live.scope },
    };
    spawnRunner(this.#parts.runner, order, paths, this.#parts.bootId, how, {
      onExit: () => {
        live.follower.runnerExited();
        // Without an identity nothing of the trainer has run: the runner itself could not start.
        if (live.follower.identity === null && readExit(paths) === null) this.#runnerFailed(live);
      },
      onSpawnError: (error) => this.#runnerFailed(live, error),
    });
  }

  /** `known` is what the row says of an adopted run; null for one that is being started. */
  #follow(order: RunOrder, paths: RunPaths, known: Known | null): LiveRun {
    const { run, jobId } = order;
    const onStage = (stage: StopStage): void => this.#report({ type: 'stop-stage', run, jobId, stage });
    const follower = new RunFollower(
      paths,
      {
        onStarted: (identity, startedAt) => {
          // It was started without after all, or something has moved it: then the cgroup says nothing about it.
          if (live.scope?.holds(identity.runnerPid) === false) live.scope = null;
          this.#report({ type: 'started', run, jobId, identity, startedAt });
        },
        onStage,
        onExit: (exit) => this.#endWith(live, () => endByRecord(live, exit, this.#ends)),
        onProblem: this.#parts.onBug,
        onGone: () => this.#endWith(live, () => endBySweep(live, this.#ends)),
      },
      known,
      this.#processes,
      keptSecretsOf(order.spec),
    );
    const container = ContainerStop.of(order, paths, {
      now: this.#parts.now,
      onStage,
      stopClient: (graceMs) => askRunner(paths, follower.identity, { kind: 'stop', graceMs }),
      forceClient: () => askRunner(paths, follower.identity, { kind: 'force' }),
    });
    const live: LiveRun = {
      order,
      paths,
      follower,
      container,
      scope: RunScope.remembered(run, paths),
      deadlineAt: null,
      forced: false,
      memoryKillsBefore: known === null ? kernelMemoryKills() : null,
    };
    this.#runs.set(run, live);
    follower.follow();
    return live;
  }

  /** Reports how a run ended; what keeps it from being found out is tried again, so that no row stays live for ever. */
  #endWith(live: LiveRun, find: () => Promise<RunEnding>): void {
    find().then(
      (ending) => this.#ended(live.order, ending),
      (error: unknown) => {
        this.#parts.onBug(error);
        setTimeout(() => {
          if (!this.#disposed) this.#endWith(live, find);
        }, END_RETRY_MS).unref();
      },
    );
  }

  #runnerFailed(live: LiveRun, error?: StartError): void {
    if (!this.#runs.has(live.order.run)) return;
    live.follower[Symbol.dispose]();
    const words = readRunnerError(live.paths) ?? 'the runner ended without a word';
    this.#notStarted(live.order, error ?? { code: 'RUNNER', message: words });
  }

  #notStarted(order: RunOrder, { code, message }: StartError): void {
    this.#nothingRan(order, { kind: 'start-error', stage: 'runner', code, message });
  }

  /** An end without a process; reported in a later turn, since the queue may still be asking. */
  #nothingRan(order: RunOrder, outcome: Outcome, startedAt: Ms | null = null): void {
    const endedAt = this.#parts.now();
    setImmediate(() =>
      this.#ended(order, {
        outcome,
        startedAt,
        endedAt,
        runner: null,
        journal: [],
        membersGone: 0,
        members: [],
        mainPid: null,
        release: NOTHING_HELD,
      }),
    );
  }

  #ended(order: RunOrder, ending: RunEnding): void {
    this.#runs.delete(order.run);
    const { outcome, startedAt, endedAt, release, ...observed } = ending;
    const proof = { ...observed, ...release, finishedAt: this.#parts.now() };
    this.#report({ type: 'ended', run: order.run, jobId: order.jobId, outcome, startedAt, endedAt, proof });
  }

  #report(report: EngineReport): void {
    if (!this.#disposed) this.#parts.report(report);
  }
}

/** What the row knows of a run of this engine. */
function ofThisEngine({ identity, startedAt }: RunToResume): Known {
  return { identity: identity?.engine === 'local' ? identity : null, startedAt };
}

function startErrorOf(error: unknown): StartError {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  return { code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message };
}
