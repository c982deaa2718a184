import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { ROUTES } from '../../shared/contract.ts';
import type { Change, EventName, Events } from '../../shared/contract.ts';
import { aboutView } from './api/about.ts';
import { createHandlers } from './api/handlers.ts';
import { readDiscovery } from './api/http/discovery.ts';
import { createOrphanDesk } from './api/orphanDesk.ts';
import { createRouter } from './api/router.ts';
import type { Router } from './api/router.ts';
import { damageBehind } from './db/inspect.ts';
import { lockFolder } from './db/lock.ts';
import { openDatabase } from './db/open.ts';
import { DatabaseProblem } from './db/problem.ts';
import { createStores } from './db/stores.ts';
import { afterRestartNotice } from './domain/afterRestart.ts';
import { CRASH_WINDOW_MS, crashLoopNotice } from './domain/crashLoop.ts';
import { isLive } from './domain/job.ts';
import type { JobId } from './domain/job.ts';
import { keptSecretsOf, NO_SECRETS } from './domain/secretWords.ts';
import type { KeptSecrets } from './domain/secretWords.ts';
import { createEngines } from './engines/createEngines.ts';
import type { RunOrder } from './engines/engine.ts';
import { createOrphans } from './engines/local/orphans.ts';
import { chooseRunner } from './engines/local/runnerCommand.ts';
import type { RunnerLocations } from './engines/local/runnerCommand.ts';
import { createEventListeners } from './eventListeners.ts';
import { createFileDesk } from './files/fileDesk.ts';
import type { DeskTiming } from './gpu/deskTiming.ts';
import { createGpus } from './gpu/gpus.ts';
import type { Pace } from './gpu/monitor.ts';
import { ProgressWatch, watchedLogs } from './logs/progressWatch.ts';
import { bootId as readBootId } from './processes/processTable.ts';
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

    const stores = createStores(db);
    const { jobs, settings, deletions, sessions } = stores;
    const pauseNotice =
      crashLoopNotice(sessions.crashedSince(now() - CRASH_WINDOW_MS), now()) ??
      afterRestartNotice(settings.get().afterRestart);
    const session = sessions.begin(now());
    const bootId = readBootId();
    const runner = chooseRunner(options.runners);

    const gpus = createGpus({
      dataFolder,
      jobs,
      settings,
      members: () => engines.memberPids(),
      notePeak: (run, mib) => queue.notePeakMemory(run, mib),
      areWanted: () => queue.wantsGpus(),
      bootId,
      now,
      timing: options.gpuTiming ?? {},
      onChange: (snapshot) => {
        emit('gpus', snapshot);
        queue.schedule();
      },
      isOpen: () => db.open,
      log,
      onBug,
    });
    closers.push(() => gpus[Symbol.dispose]());

    const progress = new ProgressWatch({
      now,
      logs: () => jobs.live().flatMap((job) => watchedLogs(dataFolder, job)),
      onProgress: (jobId, latest) => emit('progress', { jobId, progress: latest }),
    });
    closers.push(() => progress[Symbol.dispose]());

    /** A last look at a log that is whole now. */
    async function onLogWhole({ jobId }: RunOrder): Promise<void> {
      const job = jobs.get(jobId);
      for (const whole of job === null ? [] : watchedLogs(dataFolder, job)) await progress.lookAt(whole);
    }
    const engines = createEngines({
      dataFolder,
      runner,
      bootId,
      now,
      settings: () => settings.get(),
      statusOf: (id) => jobs.statusOf(id),
      release: gpus.release,
      onLogWhole,
      onSlurm: (view) => emit('slurm', view),
      onBug,
    });
    const { slurm } = engines;
    /** What the parts beside the queue have to know, before anybody outside is told. */
    function followChange({ kind, jobId, job }: Change): void {
      if (kind === 'job.claimed' && jobId !== null) progress.forget(jobId);
      // A job that never started held nothing; there may be thousands of them at once.
      const hasHeld = job?.outcome?.kind !== 'never-started';
      if (jobId !== null && hasHeld && (kind === 'job.claimed' || kind === 'job.ended')) gpus.heldOrEnded(jobId);
      if (kind === 'settings.changed') files.settingsChanged();
      gpus.jobsChanged();
    }
    const queue: JobQueue = new JobQueue({
      db,
      ...stores,
      now,
      bootId,
      pauseNotice,
      newRunId: (job, attempt) => `${job}-${attempt}-${randomUUID()}`,
      tracks: gpus.tracks,
      elsewhereClosed: () => slurm.closed(),
      progressOf: (job) => progress.get(job),
      onChange: (change) => {
        followChange(change);
        emit('changed', change);
      },
      onBug,
      onBlockers: (blockers) => emit('blockers', blockers),
      engine: engines.reportTo,
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
        ...stores,
        queue,
        preview: createPreview({ jobs, settings, tracks: gpus.tracks, elsewhereClosed: () => slurm.closed() }),
        gpus: gpus.monitor,
        curveOf: gpus.curveOf,
        files,
        provenance,
        dataFolder,
        orphans: createOrphanDesk(orphans, onBugWhileOpen),
        slurm,
        samples: createSamples(options.samplesFolder),
        about: aboutView(options.version, dataFolder, runner),
      }),
      onBugWhileOpen,
    );

    queue.resume();
    gpus.jobsChanged();
    return {
      router,
      dataFolder,
      onBug,
      on,
      setPace: (pace) => {
        slurm.setWatched(pace === 'watched');
        gpus.setPace(pace);
      },
      async close() {
        // First: an end that is being checked must not take the silence that follows for an answer.
        gpus[Symbol.dispose]();
        // From here on nothing that is late, or is killed for being late, counts as a crash.
        sessions.end(session, now());
        files[Symbol.dispose]();
        await gpus.monitor.close();
        // What a removal that was cut short has left is swept at the next start; a disk that hangs loses seconds of a curve.
        const written = Promise.all([files.idle(), gpus.flush()]);
        await Promise.race([written, sleep(FILES_LIMIT_MS, null, { ref: false })]);
        closeAll();
      },
    };
  }
}

/** Who holds a data folder, as its discovery file says; nothing when that is not served. */
function whoHolds(dataFolder: string): string {
  const found = readDiscovery(dataFolder);
  return found === null ? '' : ` (process ${found.pid}, version ${found.version})`;
}
