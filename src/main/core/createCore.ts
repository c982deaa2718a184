import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { ROUTES } from '../../shared/contract.ts';
import type { EventName, Events } from '../../shared/contract.ts';
import { createHandlers } from './api/handlers.ts';
import { readDiscovery } from './api/http/discovery.ts';
import { createOrphanDesk } from './api/orphanDesk.ts';
import { createRouter } from './api/router.ts';
import type { Router } from './api/router.ts';
import { createDeletionStore } from './db/deletionStore.ts';
import { createEventStore } from './db/eventStore.ts';
import { createGitStore } from './db/gitStore.ts';
import { createHistoryStore } from './db/historyStore.ts';
import { damageBehind } from './db/inspect.ts';
import { createJobStore } from './db/jobStore.ts';
import { lockFolder } from './db/lock.ts';
import { openDatabase } from './db/open.ts';
import { DatabaseProblem } from './db/problem.ts';
import { createSessionStore } from './db/sessionStore.ts';
import { createSettingsStore } from './db/settingsStore.ts';
import { createWithdrawalStore } from './db/withdrawalStore.ts';
import { afterRestartNotice } from './domain/afterRestart.ts';
import { CRASH_WINDOW_MS, crashLoopNotice } from './domain/crashLoop.ts';
import { isLive } from './domain/job.ts';
import type { Job, JobId } from './domain/job.ts';
import { keptSecretsOf, NO_SECRETS } from './domain/secretWords.ts';
import type { KeptSecrets } from './domain/secretWords.ts';
import { EngineChoice } from './engines/engineChoice.ts';
import { createOrphans } from './engines/local/orphans.ts';
import { LocalEngine } from './engines/local/localEngine.ts';
import { bootId as readBootId } from './engines/local/processTable.ts';
import { runPaths } from './engines/local/runFiles.ts';
import { chooseRunner, runnerPromise } from './engines/local/runnerCommand.ts';
import type { EngineReport, RunOrder } from './engines/engine.ts';
import type { RunnerLocations } from './engines/local/runnerCommand.ts';
import { SlurmEngine } from './engines/slurm/slurmEngine.ts';
import { placeOf } from './engines/slurm/slurmTargets.ts';
import { createFileDesk } from './files/fileDesk.ts';
import { createGpuDesk } from './gpu/desk.ts';
import { DESK_TIMING } from './gpu/deskTiming.ts';
import type { DeskTiming } from './gpu/deskTiming.ts';
import { createGpuMonitor } from './gpu/monitor.ts';
import type { Pace } from './gpu/monitor.ts';
import { paceFor } from './gpu/pace.ts';
import { RunCurveRecorder } from './gpu/runCurveRecorder.ts';
import type { LiveHolder } from './gpu/tracks.ts';
import { ProgressWatch } from './logs/progressWatch.ts';
import type { WatchedLog } from './logs/progressWatch.ts';
import { createEventListeners } from './eventListeners.ts';
import { createProvenance } from './provenance/provenance.ts';
import { readGit } from './provenance/readGit.ts';
import { JobQueue } from './queue/jobQueue.ts';
import { createPreview } from './queue/preview.ts';
import { createSamples } from './samples.ts';

/** A removal of files that goes on longer is not waited for at the end. */
const FILES_LIMIT_MS = 1_000;

/** Everything the core takes from outside. */
export interface CoreOptions {
  /** Holds the database, the jobs' files and the discovery file; made when it is not there. */
  readonly dataFolder: string;
  readonly samplesFolder: string;
  readonly runners: RunnerLocations;
  /** Compiled SQLite binding for a runtime the shipped one does not fit, or null. */
  readonly sqliteBinding: string | null;
  readonly version: string;
  readonly now?: () => number;
  /** Other times than the usual ones around GPU memory. */
  readonly gpuTiming?: Partial<DeskTiming>;
  /** Where a line for the app's own log goes. */
  readonly log: (line: string) => void;
}

/** The running core: the queue behind its contract. */
export interface Core {
  readonly router: Router;
  /** Calls `listener` with every event of that name; the returned function ends it. */
  on<N extends EventName>(event: N, listener: (payload: Events[N]) => void): () => void;
  readonly dataFolder: string;
  /** Where a transport takes what nobody expected. */
  readonly onBug: (error: unknown) => void;
  /** Says how closely somebody looks at the GPUs. */
  setPace(pace: Pace): void;
  /** Stops everything of ours; runs go on. */
  close(): Promise<void>;
}

/**
 * Composes the core and takes up where the last one ended. The only place that knows every part.
 * Throws {@link DatabaseProblem} when the data folder is held by another core or its database cannot be used.
 */
export function createCore(options: CoreOptions): Core {
  const { dataFolder, sqliteBinding, log } = options;
  const now = options.now ?? Date.now;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const databasePath = join(dataFolder, 'queue.sqlite');

  const closers: (() => void)[] = [];
  function closeAll(): void {
    for (const close of closers.splice(0).reverse()) close();
  }
  let database: Database | null = null;
  try {
    return compose();
  } catch (error) {
    // Rows that nobody can read may be a damaged file: then that is what there is to say.
    const told = database === null ? error : damageBehind(error, database, databasePath);
    closeAll();
    throw told;
  }

  function compose(): Core {
    const lock = lockFolder(join(dataFolder, 'core.lock'), { nativeBinding: sqliteBinding });
    if (lock === null)
      throw new DatabaseProblem(
        'in-use',
        `Another Trainyard${whoHolds(dataFolder)} runs on the data folder ${dataFolder}. Use that one, or choose another folder with TRAINYARD_HOME.`,
      );
    closers.push(() => lock[Symbol.dispose]());
    const db = openDatabase(databasePath, { nativeBinding: sqliteBinding });
    database = db;
    closers.push(() => db.close());

    function onBug(error: unknown): void {
      log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    const { on, emit } = createEventListeners(onBug);

    const jobs = createJobStore(db);
    const events = createEventStore(db);
    const settings = createSettingsStore(db);
    const deletions = createDeletionStore(db);
    const git = createGitStore(db);
    const sessions = createSessionStore(db);
    const pauseNotice =
      crashLoopNotice(sessions.crashedSince(now() - CRASH_WINDOW_MS), now()) ??
      afterRestartNotice(settings.get().afterRestart);
    const session = sessions.begin(now());
    const bootId = readBootId();
    const runner = chooseRunner(options.runners);

    const gpus = createGpuMonitor({
      command: settings.get().nvidiaSmiPath,
      now,
      intervalMs: options.gpuTiming?.intervalMs ?? DESK_TIMING.intervalMs,
      onSample: (snapshot) => {
        desk.onSample(snapshot);
        runCurves.onSample(() => desk.view(snapshot));
        tellGpus();
      },
    });
    const desk = createGpuDesk({
      monitor: gpus,
      settings: () => settings.get(),
      liveRuns: () => jobs.liveHere().flatMap(holderOf),
      members: () => engine?.memberPids() ?? new Map(),
      jobOfRun: (run) => (jobs.runFacts(run) === null ? null : Number.parseInt(run, 10)),
      notePeak: (run, mib) => queue.notePeakMemory(run, mib),
      notesPath: join(dataFolder, 'gpus.json'),
      bootId,
      now,
      timing: options.gpuTiming ?? {},
      onChange: tellGpus,
      onProblem: (error) => log(`gpus: ${String(error)}`),
      onBug,
    });
    closers.push(() => desk[Symbol.dispose]());
    const runCurves = new RunCurveRecorder({
      live: () => jobs.liveHere().flatMap(holderOf),
      folderOf: (jobId, run) => runPaths(dataFolder, jobId, run).directory,
      onProblem: (error) => log(`gpus: a curve was not written: ${String(error)}`),
    });

    function tellGpus(): void {
      emit('gpus', desk.view(gpus.snapshot()));
      queue.schedule();
    }

    let looks: Pace = 'idle';
    let paceIsDue = false;
    /** Many changes in one turn are one look at the jobs. */
    function setPaceSoon(): void {
      if (paceIsDue) return;
      paceIsDue = true;
      setImmediate(() => {
        paceIsDue = false;
        if (db.open)
          gpus.setPace(paceFor(looks, queue.wantsGpus() || jobs.liveHere().some(({ spec }) => spec.gpus > 0)));
      });
    }

    /** What the desk has to know of a job that has begun or ended. */
    function tellDesk(kind: string, id: number): void {
      const job = kind === 'job.claimed' || kind === 'job.ended' ? jobs.get(id) : null;
      if (job === null || job.state.status === 'queued') return;
      if (isLive(job)) desk.claimed({ jobId: id, run: job.state.run }, job.state.gpus);
      else desk.ended(job.state.run);
    }

    const progress = new ProgressWatch({
      now,
      logs: () => jobs.live().flatMap((job) => watchedLog(dataFolder, job)),
      onProgress: (jobId, latest) => emit('progress', { jobId, progress: latest }),
    });
    closers.push(() => progress[Symbol.dispose]());

    let engine: EngineChoice | null = null;
    /** A last look at a log that is whole now. */
    async function onLogWhole({ jobId }: RunOrder): Promise<void> {
      const job = jobs.get(jobId);
      for (const whole of job === null ? [] : watchedLog(dataFolder, job)) await progress.lookAt(whole);
    }
    const slurm = new SlurmEngine({
      dataFolder,
      now,
      place: () => placeOf(settings.get()),
      statusOf: (id) => jobs.statusOf(id),
      report: (report) => reportOf(report),
      onLogWhole,
      onView: (view) => emit('slurm', view),
      onBug,
    });
    let reportOf: (report: EngineReport) => void = () => undefined;
    const queue: JobQueue = new JobQueue({
      db,
      jobs,
      events,
      settings,
      withdrawals: createWithdrawalStore(db),
      deletions,
      git,
      now,
      bootId,
      pauseNotice,
      newRunId: (job, attempt) => `${job}-${attempt}-${randomUUID()}`,
      tracks: desk.tracks,
      elsewhereClosed: () => slurm.closed(),
      progressOf: (job) => progress.get(job),
      onChange: (change) => {
        if (change.kind === 'job.claimed' && change.jobId !== null) progress.forget(change.jobId);
        // A job that never started held nothing; there may be thousands of them at once.
        if (change.jobId !== null && change.job?.outcome?.kind !== 'never-started') tellDesk(change.kind, change.jobId);
        if (change.kind === 'settings.changed') files.settingsChanged();
        setPaceSoon();
        emit('changed', change);
      },
      onBug,
      onBlockers: (blockers) => emit('blockers', blockers),
      engine: (report) => {
        reportOf = (told) => {
          if (told.type === 'ended') engine?.forget(told.run);
          report(told);
        };
        const local = new LocalEngine({
          dataFolder,
          runner,
          bootId,
          now,
          release: desk.release,
          report: reportOf,
          onBug,
          onLogWhole,
        });
        engine = new EngineChoice({ local, slurm });
        return engine;
      },
    });
    closers.push(() => queue[Symbol.dispose]());
    const files = createFileDesk({
      dataFolder,
      settings: settings.get,
      endOf: deletions.endOf,
      wasDeleted: deletions.wasDeleted,
      now,
      log,
    });
    closers.push(() => files[Symbol.dispose]());
    const provenance = createProvenance({
      read: (folder) => readGit(folder, now),
      keep: (ids, state) => queue.keepGit(ids, state),
      onBug,
    });
    closers.push(() => provenance[Symbol.dispose]());

    const liveRuns = (): ReadonlySet<string> =>
      new Set(jobs.live().flatMap((job) => (isLive(job) ? [job.state.run] : [])));
    const secretsOf = (id: JobId): KeptSecrets => {
      const job = jobs.get(id);
      return job === null ? NO_SECRETS : keptSecretsOf(job.spec);
    };
    const orphans = createOrphans({ dataFolder, now, liveRuns, secretsOf });
    // Who was waiting while the core ended, a client or the stop of an orphan, finds the database closed: nobody hears it.
    const onBugWhileOpen = (error: unknown): void => (db.open ? onBug(error) : undefined);

    const router = createRouter(
      ROUTES,
      createHandlers({
        queue,
        jobs,
        events,
        history: createHistoryStore(db),
        preview: createPreview({ jobs, settings, tracks: desk.tracks, elsewhereClosed: () => slurm.closed() }),
        settings,
        gpus: {
          ...gpus,
          snapshot: () => desk.view(gpus.snapshot()),
          lookAgain: async () => desk.view(await gpus.lookAgain()),
        },
        curveOf: (jobId, run) => runCurves.curveOf(jobId, run),
        files,
        provenance,
        git,
        dataFolder,
        orphans: createOrphanDesk(orphans, onBugWhileOpen),
        slurm,
        samples: createSamples(options.samplesFolder),
        about: {
          version: options.version,
          runtime:
            process.versions['electron'] === undefined
              ? `Node ${process.versions.node}`
              : `Electron ${process.versions['electron']}`,
          dataFolder,
          homeFolder: homedir(),
          runner: runner.kind,
          runnerPromise: runnerPromise(runner.kind),
        },
      }),
      onBugWhileOpen,
    );

    queue.resume();
    setPaceSoon();
    return {
      router,
      dataFolder,
      onBug,
      on,
      setPace: (pace) => {
        looks = pace;
        slurm.setWatched(pace === 'watched');
        setPaceSoon();
      },
      async close() {
        // First: an end that is being checked must not take the silence that follows for an answer.
        desk[Symbol.dispose]();
        // From here on nothing that is late, or is killed for being late, counts as a crash.
        sessions.end(session, now());
        files[Symbol.dispose]();
        await gpus.close();
        // What a removal that was cut short has left is swept at the next start; a disk that hangs loses seconds of a curve.
        const written = Promise.all([files.idle(), runCurves.flush()]);
        await Promise.race([written, sleep(FILES_LIMIT_MS, null, { ref: false })]);
        closeAll();
      },
    };
  }
}

/** The log of a job's live run. */
function watchedLog(dataFolder: string, { id, state }: Job): readonly WatchedLog[] {
  if (state.status !== 'running') return [];
  return [{ jobId: id, path: runPaths(dataFolder, id, state.run).log, startedAt: state.startedAt }];
}

/** The GPUs that a live run holds; nothing of one that holds none. */
function holderOf(job: Job): readonly LiveHolder[] {
  if (!isLive(job) || job.state.gpus.length === 0) return [];
  const { run, gpus } = job.state;
  return [{ jobId: job.id, run, gpus, gpuMemoryMiB: job.spec.gpuMemoryMiB }];
}

/** Who holds a data folder, as its discovery file says; nothing when that is not served. */
function whoHolds(dataFolder: string): string {
  const found = readDiscovery(dataFolder);
  return found === null ? '' : ` (process ${found.pid}, version ${found.version})`;
}
