import type { Outcome, OutcomeCause, ReceiptMemory, StopStage } from '../../../../shared/job.ts';
import type { GpuUuid, Ms, RunId } from '../../domain/job.ts';
import { outcomeOf } from '../../domain/outcome.ts';
import { causeOf, kernelMemoryKills } from '../../logs/causes.ts';
import { readLog } from '../../logs/readLog.ts';
import { identityOf, reconcile } from '../../domain/reconcile.ts';
import type { ExitRecord, JournalEntry } from '../../domain/runnerRecords.ts';
import type { Engine, EngineReport, RunOrder, RunToResume } from '../engine.ts';
import { processesOfContainers } from './containerProcesses.ts';
import { ContainerStop } from './containerStop.ts';
import { allProcesses, descendantsOf, isAlive, processesWithVariable } from './processTable.ts';
import type { ProcessName } from './processTable.ts';
import { RUN_TAG } from './runEnvironment.ts';
import { askRunner } from './askRunner.ts';
import { RunFollower } from './runFollower.ts';
import { makeRunDirectory, readExit, readIdentity, readRunnerError, runPaths } from './runFiles.ts';
import type { RunPaths } from './runFiles.ts';
import type { RunnerCommand } from './runnerCommand.ts';
import { findUserManager, RunScope } from './scope.ts';
import type { UserManager } from './scope.ts';
import { membersWithScope, proveScopeEmpty } from './scopeEnd.ts';
import { spawnRunner } from './spawnRunner.ts';
import { sweep } from './sweep.ts';

/** How long to wait before looking again for the identity of a run whose runner is just starting. */
const IDENTITY_WAIT_MS = 100;

/** GPU memory around a stop, and what was observed of it. */
export interface Release {
  readonly memory: readonly ReceiptMemory[];
  readonly observations: readonly string[];
}

/** Looks after GPU memory around a run's end. */
export interface ReleaseCheck {
  /** Notes what is in use before a stop. */
  readonly before: (run: RunId, gpus: readonly GpuUuid[]) => void;
  /** Resolves when none of these processes holds memory on these GPUs, or these are quarantined; with the figures around the stop. */
  readonly released: (run: RunId, gpus: readonly GpuUuid[], members: readonly ProcessName[]) => Promise<Release>;
}

/** How much of a log's end is searched for the cause of a bad end. */
const CAUSE_TAIL_BYTES = 16 * 1024;

const NOTHING_HELD: Release = { memory: [], observations: [] };

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

interface LiveRun {
  readonly order: RunOrder;
  readonly paths: RunPaths;
  readonly follower: RunFollower;
  /** For a command that runs a container. */
  readonly container: ContainerStop | null;
  /** Where a user manager of systemd answered when it was started. */
  scope: RunScope | null;
  forced: boolean;
  /** The kernel's count of memory kills when this process began to follow the run. */
  readonly memoryKillsBefore: number | null;
}

/** Runs jobs on this machine, each under a runner of its own that outlives the app. */
export class LocalEngine implements Engine {
  readonly #parts: LocalEngineParts;
  readonly #runs = new Map<RunId, LiveRun>();
  #userManager: UserManager | null = null;
  /** Until it is known whether there is a user manager; null from then on. */
  #looking: Promise<void> | null = null;
  #disposed = false;

  constructor(parts: LocalEngineParts) {
    this.#parts = parts;
    const asked = findUserManager(process.env);
    if (asked !== null) {
      this.#looking = asked.then((manager) => {
        this.#userManager = manager;
        this.#looking = null;
      });
      this.#guard(this.#looking);
    }
  }

  start(order: RunOrder): void {
    const paths = runPaths(this.#parts.dataFolder, order.jobId, order.run);
    this.#orNotStarted(order, () => {
      makeRunDirectory(paths);
      const live = this.#follow(order, paths);
      if (this.#looking === null) return this.#spawn(live);
      // Requests are written down meanwhile: the runner reads them first.
      const whenKnown = this.#looking.then(() => {
        if (!this.#disposed) this.#orNotStarted(order, () => this.#spawn(live));
      });
      this.#guard(whenKnown);
    });
  }

  stop(run: RunId, graceMs: number): void {
    const live = this.#runs.get(run);
    if (live === undefined) return;
    this.#parts.release.before(run, live.order.gpus);
    if (live.container === null) askRunner(live.paths, live.follower.identity, { kind: 'stop', graceMs });
    else live.container.stop(graceMs);
  }

  force(run: RunId): void {
    const live = this.#runs.get(run);
    if (live === undefined) return;
    live.forced = true;
    if (live.container === null) askRunner(live.paths, live.follower.identity, { kind: 'force' });
    else live.container.force();
  }

  extend(run: RunId, byMs: number): void {
    const live = this.#runs.get(run);
    if (live === undefined) return;
    askRunner(live.paths, live.follower.identity, { kind: 'extend', byMs });
    live.container?.extend(byMs);
  }

  resume(run: RunToResume): void {
    const paths = runPaths(this.#parts.dataFolder, run.jobId, run.run);
    const identity = readIdentity(paths);
    const found = reconcile({
      bootId: this.#parts.bootId,
      claimedBootId: run.claimedBootId,
      exit: readExit(paths),
      identity,
      runnerAlive: identity !== null && isAlive({ pid: identity.runner_pid, start: identity.runner_start }),
      spawned: processesWithVariable(RUN_TAG, run.run).length > 0,
    });
    switch (found.kind) {
      case 'lost-by-reboot':
        this.#later(() =>
          this.#ended(
            run,
            { kind: 'lost', why: 'reboot' },
            { startedAt: null, endedAt: this.#parts.now() },
            [],
            0,
            NOTHING_HELD,
          ),
        );
        return;
      case 'start-again':
        if (run.stop !== null) this.#withdraw(run);
        else this.start(run);
        return;
      case 'wait-for-identity':
        // Its runner lives and will write it any moment, or die and leave nothing.
        setTimeout(() => {
          if (!this.#disposed) this.resume(run);
        }, IDENTITY_WAIT_MS);
        return;
      case 'finish':
      case 'adopt':
      case 'lost':
        // The follower reads the same files and comes to the same end.
        makeRunDirectory(paths);
        this.#follow(run, paths);
        // The request may have been written down and not have reached the runner; a second one changes nothing.
        if (run.stop !== null) {
          this.stop(run.run, Math.max(0, run.stop.deadlineAt - this.#parts.now()));
          if (run.stop.forced) this.force(run.run);
        }
    }
  }

  memberPids(): ReadonlyMap<number, RunOrder> {
    const table = allProcesses();
    const starts = new Map(table.map(({ pid, start }) => [pid, start]));
    const owners = new Map<number, RunOrder>();
    for (const { order, follower, container } of this.#runs.values()) {
      if (follower.identity === null) continue;
      // A number that another process has taken over is none of ours any more.
      for (const { pid, start } of follower.members) if ((starts.get(pid) ?? start) === start) owners.set(pid, order);
      for (const { pid } of descendantsOf(follower.identity.runner_pid, table)) owners.set(pid, order);
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
      onSpawnError: ({ code, message }) => this.#runnerFailed(live, { code, message }),
    });
  }

  #follow(order: RunOrder, paths: RunPaths): LiveRun {
    const { run, jobId } = order;
    const onStage = (stage: StopStage): void => this.#report({ type: 'stop-stage', run, jobId, stage });
    const follower = new RunFollower(paths, {
      onStarted: (record) => {
        // It was started without after all, or something has moved it: then the cgroup says nothing about it.
        if (live.scope?.holds(record.runner_pid) === false) live.scope = null;
        this.#report({ type: 'started', run, jobId, identity: identityOf(record), startedAt: record.started_at });
      },
      onStage,
      onExit: (exit) => this.#guard(this.#finish(live, exit)),
      onProblem: this.#parts.onBug,
      onGone: () => this.#guard(this.#sweepLost(live)),
    });
    const container = ContainerStop.of(order, paths, {
      now: this.#parts.now,
      onStage,
      stopClient: (graceMs) => askRunner(paths, follower.identity, { kind: 'stop', graceMs }),
      forceClient: () => askRunner(paths, follower.identity, { kind: 'force' }),
    });
    const scope = RunScope.remembered(run, paths);
    const memoryKillsBefore = kernelMemoryKills();
    const live: LiveRun = { order, paths, follower, container, scope, forced: false, memoryKillsBefore };
    this.#runs.set(run, live);
    follower.follow();
    return live;
  }

  async #finish(live: LiveRun, exit: ExitRecord): Promise<void> {
    const { order, follower } = live;
    await this.#parts.onLogWhole(order, live.paths.log);
    const release = await this.#released(live);
    this.#ended(
      order,
      outcomeOf(exit, await this.#causeOf(live, exit)),
      { startedAt: exit.started_at, endedAt: exit.ended_at },
      follower.journal,
      exit.members_seen,
      release,
    );
  }

  async #causeOf({ paths, memoryKillsBefore }: LiveRun, exit: ExitRecord): Promise<OutcomeCause | null> {
    if (exit.start_error !== null || exit.never_started || exit.code === 0) return null;
    const { text } = await readLog(paths.log, -CAUSE_TAIL_BYTES, CAUSE_TAIL_BYTES, true);
    const kernelKills = { before: memoryKillsBefore, after: kernelMemoryKills() };
    return causeOf({ signal: exit.signal, killedByUs: exit.kill_rounds > 0, kernelKills, logTail: text });
  }

  /** The runner was killed: what it looked after may still be there, and its exit code is lost. */
  async #sweepLost(live: LiveRun): Promise<void> {
    const { order, follower, paths, scope } = live;
    const identity = readIdentity(paths);
    const main = identity === null ? null : { pid: identity.main_pid, start: identity.main_start };
    const deadlineAt = this.#parts.now() + order.spec.graceMs;
    const journal: JournalEntry[] = [];
    const { membersGone } = await sweep({
      run: order.run,
      main,
      remembered: follower.members,
      members: membersWithScope(order.run, main, follower.members, scope),
      onKill: () => scope?.kill(),
      signal: order.spec.stopSignal,
      deadlineAt: () => deadlineAt,
      now: this.#parts.now,
      forced: () => live.forced,
      onEntry: (entry) => journal.push(entry),
    });
    const release = await this.#released(live);
    const outcome: Outcome = { kind: 'lost', why: 'no-record' };
    this.#ended(
      order,
      outcome,
      { startedAt: identity?.started_at ?? null, endedAt: this.#parts.now() },
      [...follower.journal, ...journal],
      membersGone,
      release,
    );
  }

  /** What other witnesses than the runner say when the run is over; what they still see is ended first. */
  async #released(live: LiveRun): Promise<Release> {
    const { order, follower, container, scope } = live;
    const { run, jobId, spec } = order;
    const ofContainer = (await container?.ended()) ?? [];
    this.#report({ type: 'stop-stage', run, jobId, stage: 'verifying' });
    const { identity } = follower;
    const runner = identity === null ? null : { pid: identity.runner_pid, start: identity.runner_start };
    const end = { run, runner, signal: spec.stopSignal, now: this.#parts.now, forced: () => live.forced };
    const ofScope = scope === null ? [] : await proveScopeEmpty(scope, end);
    const main = identity === null ? [] : [{ pid: identity.main_pid, start: identity.main_start }];
    const release = await this.#parts.release.released(run, order.gpus, [...main, ...follower.members]);
    return { ...release, observations: [...ofContainer, ...ofScope, ...release.observations] };
  }

  #runnerFailed(live: LiveRun, error?: StartError): void {
    if (!this.#runs.has(live.order.run)) return;
    live.follower[Symbol.dispose]();
    this.#notStarted(
      live.order,
      error ?? { code: 'RUNNER', message: readRunnerError(live.paths) ?? 'the runner ended without a word' },
    );
  }

  #notStarted(order: RunOrder, { code, message }: StartError): void {
    const at = this.#parts.now();
    this.#later(() =>
      this.#ended(
        order,
        { kind: 'start-error', stage: 'runner', code, message },
        { startedAt: null, endedAt: at },
        [],
        0,
        NOTHING_HELD,
      ),
    );
  }

  /** Nothing was started for it and nobody wants it any more. */
  #withdraw(order: RunOrder): void {
    const at = this.#parts.now();
    this.#later(() =>
      this.#ended(order, { kind: 'never-started' }, { startedAt: null, endedAt: at }, [], 0, NOTHING_HELD),
    );
  }

  #ended(
    order: RunOrder,
    outcome: Outcome,
    times: { readonly startedAt: Ms | null; readonly endedAt: Ms },
    journal: readonly JournalEntry[],
    membersGone: number,
    release: Release,
  ): void {
    this.#runs.delete(order.run);
    const runner = outcome.kind === 'never-started' && journal.length === 0 ? null : this.#parts.runner.kind;
    this.#report({
      type: 'ended',
      run: order.run,
      jobId: order.jobId,
      outcome,
      ...times,
      proof: { runner, journal, membersGone, ...release, finishedAt: this.#parts.now() },
    });
  }

  #report(report: EngineReport): void {
    if (!this.#disposed) this.#parts.report(report);
  }

  /** A report must not come while the queue is still asking. */
  #later(act: () => void): void {
    setImmediate(act);
  }

  #guard(work: Promise<void>): void {
    work.catch(this.#parts.onBug);
  }
}

function startErrorOf(error: unknown): StartError {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) };
  return { code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message };
}
