import type {
  ROUTES,
  AboutView,
  ApiError,
  CancelAnswer,
  CancelOutcome,
  Change,
  LogPart,
} from '../../../shared/contract.ts';
import { isFinished } from '../../../shared/job.ts';
import type { JobDetail, JobStatus, ParsedSubmission, Receipt } from '../../../shared/job.ts';
import { HIDDEN_SECRET } from '../../../shared/serviceSettings.ts';
import type { Settings } from '../../../shared/settings.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { EventStore } from '../db/eventStore.ts';
import type { GitStore } from '../db/gitStore.ts';
import type { HistoryStore } from '../db/historyStore.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { Job, JobSpec, RunIdentity } from '../domain/job.ts';
import { presetFor, processesOf } from '../domain/preset.ts';
import { runPaths } from '../engines/local/runFiles.ts';
import type { SlurmEngine } from '../engines/slurm/slurmEngine.ts';
import type { FileDesk } from '../files/fileDesk.ts';
import { removedAt, removedWords } from '../files/removedMark.ts';
import type { GpuMonitor } from '../gpu/monitor.ts';
import type { RunCurveRecorder } from '../gpu/runCurveRecorder.ts';
import { readLog, untilLonger } from '../logs/readLog.ts';
import { findInLog } from '../logs/findInLog.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { Applied, QueueRefusal } from '../queue/applied.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import type { Preview } from '../queue/preview.ts';
import { gpuCurvesOf } from './gpuCurves.ts';
import { historyEntry } from './historyWords.ts';
import { jobSpecOf, jobSpecsOf } from './jobSpec.ts';
import type { Samples } from '../samples.ts';
import { lookAtScript } from '../script.ts';
import type { OrphanDesk } from './orphanDesk.ts';
import { apiErrorOf, deleteErrorOf } from './refusalWords.ts';
import type { HandlersOf } from './router.ts';
import { shownEnvironment } from './secrets.ts';

/** How many finished jobs a snapshot carries; older ones come by `jobs.list`. */
const FINISHED_IN_SNAPSHOT = 500;
/** How many changes one answer carries; a client that is further behind takes the snapshot. */
const CHANGES_PER_ANSWER = 1_000;

/** How much of a failed run's log its details carry. */
const LAST_LINES = 10;
const LAST_LINES_BYTES = 4 * 1024;

/** What is known of the Slurm that the settings name. */
export type SlurmDesk = Pick<SlurmEngine, 'view' | 'look' | 'settingsChanged'>;

/** What handlers delegate to. */
export interface HandlerParts {
  readonly queue: JobQueue;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly history: HistoryStore;
  readonly preview: Preview;
  readonly settings: SettingsStore;
  readonly gpus: GpuMonitor;
  /** What is kept of a run's GPUs. */
  readonly curveOf: RunCurveRecorder['curveOf'];
  readonly orphans: OrphanDesk;
  readonly slurm: SlurmDesk;
  readonly samples: Samples;
  readonly about: AboutView;
  readonly files: FileDesk;
  readonly provenance: Provenance;
  readonly git: GitStore;
  readonly dataFolder: string;
}

/** Policy and delegation for every route; no logic of their own. */
export function createHandlers({
  queue,
  jobs,
  events,
  history,
  preview,
  settings,
  gpus,
  curveOf,
  orphans,
  slurm,
  samples,
  about,
  files,
  provenance,
  git,
  dataFolder,
}: HandlerParts): HandlersOf<typeof ROUTES> {
  function found(id: number): Result<Job, ApiError> {
    const job = queue.get(id);
    return job === null ? refused(apiErrorOf({ code: 'no-such-job' }, id)) : ok(job);
  }

  const specOf = (input: ParsedSubmission): Result<JobSpec, ApiError> =>
    jobSpecOf(input, {
      settings: settings.get(),
      gpus: gpus.snapshot().gpus,
      jobExists: (id) => queue.get(id) !== null,
    });

  /** A folder of a cluster that is reached by ssh is not on this machine, or is another one here. */
  function findGit({ id, spec }: Job): void {
    if (spec.target.kind === 'local' || settings.get().slurmTarget !== 'ssh') provenance.submitted(id, spec.cwd);
  }

  function answered(result: Result<Applied, QueueRefusal>, id: number): Result<ReturnType<JobQueue['view']>, ApiError> {
    return result.ok ? ok(queue.view(result.value.after)) : refused(apiErrorOf(result.error, id));
  }

  function cancelAnswer(id: number, result: Result<Applied, QueueRefusal>): Result<CancelAnswer, ApiError> {
    const outcome = cancelOutcome(id, result);
    if (!outcome.ok) return outcome;
    const job = result.ok ? result.value.after : queue.get(id);
    return job === null
      ? refused(apiErrorOf({ code: 'no-such-job' }, id))
      : ok({ ...outcome.value, job: queue.view(job) });
  }

  async function detail(job: Job): Promise<JobDetail> {
    const run = job.state.status === 'queued' ? null : job.state.run;
    const facts = run === null ? null : jobs.runFacts(run);
    const directory = run === null ? null : runPaths(dataFolder, job.id, run).directory;
    const isOver = isFinished(job.state.status);
    // What the database says first: it may be closed by the time the files have been read.
    const known = {
      ...queue.view(job),
      env: shownEnvironment(job.spec),
      secretEnv: job.spec.secretEnv,
      receipt: withMembers(facts?.receipt ?? null),
      runDirectory: directory,
      git: provenance.isReading(job.id) ? { kind: 'reading' } : git.of(job.id),
      ...identified(facts?.identity ?? null, job.state.status),
      history: events.ofJob(job.id).map(historyEntry),
    } satisfies Omit<JobDetail, 'logRemoved' | 'lastLines'>;
    return {
      ...known,
      logRemoved: directory === null || !isOver ? null : await logRemoved(directory),
      lastLines: job.state.status === 'failed' ? await lastLines(runPaths(dataFolder, job.id, job.state.run).log) : [],
    };
  }

  function changeOf(event: ReturnType<EventStore['since']>[number]): Change {
    const job = event.jobId === null ? null : queue.get(event.jobId);
    return {
      seq: event.seq,
      at: event.at,
      kind: event.kind,
      jobId: event.jobId,
      job: job === null ? null : queue.view(job),
      queue: queue.queueView(),
    };
  }

  return {
    'snapshot.get': () => {
      const list = [...jobs.live(), ...jobs.waiting(), ...jobs.finished(FINISHED_IN_SNAPSHOT)];
      return ok({
        seq: events.lastSeq(),
        queue: queue.queueView(),
        jobs: list.map((job) => queue.view(job)),
        gpus: gpus.snapshot(),
      });
    },
    'jobs.submit': (input) => {
      const spec = specOf(input);
      if (!spec.ok) return spec;
      const job = queue.submit(spec.value, input);
      findGit(job);
      return ok(queue.view(job));
    },
    'jobs.submitMany': ({ jobs: submissions }) => {
      const specs = jobSpecsOf(submissions, {
        settings: settings.get(),
        gpus: gpus.snapshot().gpus,
        jobExists: (id) => jobs.statusOf(id) !== null,
      });
      if (!specs.ok) return specs;
      const added = queue.submitMany(specs.value);
      for (const job of added) findGit(job);
      return ok({ jobs: added.map(({ id, spec, state }) => ({ id, name: spec.name, status: state.status })) });
    },
    'jobs.list': ({ status, search, limit, cursor }) => {
      const page = jobs.list({
        statuses: status ?? null,
        search: search ?? null,
        before: cursor ?? null,
        limit: limit + 1,
      });
      const shown = page.slice(0, limit);
      return ok({
        jobs: shown.map((job) => queue.view(job)),
        nextCursor: page.length > limit ? (shown.at(-1)?.id ?? null) : null,
      });
    },
    'jobs.order': ({ sort, descending, status, search }) =>
      ok({ jobIds: history.order({ sort, descending, statuses: status ?? null, search: search ?? null }) }),
    'jobs.getMany': ({ jobIds }) =>
      ok({ jobs: jobIds.flatMap((id) => queue.get(id) ?? []).map((job) => queue.view(job)) }),
    'jobs.preview': (input) => {
      const spec = specOf(input);
      return spec.ok ? ok({ sentences: preview(spec.value, input) }) : spec;
    },
    'jobs.get': async ({ jobId }) => {
      const job = found(jobId);
      return job.ok ? ok(await detail(job.value)) : job;
    },
    'jobs.cancel': ({ jobId, force }, { origin }) => cancelAnswer(jobId, queue.cancel(jobId, origin, force)),
    'jobs.cancelMany': async ({ jobs: which, force }, { origin }) => {
      if (typeof which === 'string') {
        const results = await queue.cancelAll(which, origin, force);
        const answers = results.flatMap((result) => (result.ok ? [cancelOutcome(result.value.after.id, result)] : []));
        return ok({ answers: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) });
      }
      const ids = [...new Set(which)];
      // All or nothing: an unknown number is most likely a mistake in the list.
      const known = jobs.statusesOf(ids);
      const unknown = ids.find((id) => !known.has(id));
      if (unknown !== undefined) return refused({ ...apiErrorOf({ code: 'no-such-job' }, unknown), field: 'jobs' });
      const results = await queue.cancelMany(ids, origin, force);
      const answers = results.map((result, place) => cancelOutcome(ids[place] ?? 0, result));
      return ok({ answers: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])) });
    },
    'jobs.extend': ({ jobId }) => answered(queue.extend(jobId), jobId),
    'jobs.place': ({ jobId, ...change }) => answered(queue.place(jobId, change), jobId),
    'jobs.proposal': ({ command }) =>
      ok({
        preset: presetFor(command),
        peakGpuMemoryMiB: jobs.peakMemoryOf(command),
        processes: processesOf(command),
      }),
    'scripts.look': ({ paths }) => ok({ scripts: paths.map(lookAtScript) }),
    'jobs.delete': async ({ jobs: ids }) => {
      const gone = queue.deleteFinished(ids);
      if (!gone.ok) return refused(deleteErrorOf(gone.error));
      const deleted = gone.value.map(({ id }) => id);
      return ok({ deleted, ...(await files.remove(deleted)) });
    },
    'jobs.bytes': async ({ jobs: ids }, { signal }) =>
      unlessGone(signal, async () => ({ bytes: await files.bytesOfJobs([...new Set(ids)], signal) })),
    'jobs.gpuCurve': async ({ jobId }) => {
      const job = found(jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      const now = gpus.snapshot();
      const curve = state.status === 'queued' ? null : await curveOf(jobId, state.run);
      return ok(gpuCurvesOf(curve, now));
    },
    'files.usage': (_, { signal }) => unlessGone(signal, () => files.usage(signal)),
    'jobs.requeue': ({ jobId }) => answered(queue.requeue(jobId), jobId),
    'jobs.await': async ({ jobId, waitMs }, { signal }) => {
      const job = await queue.untilFinished(jobId, waitMs, signal);
      return job === null ? refused(apiErrorOf({ code: 'no-such-job' }, jobId)) : ok(queue.view(job));
    },
    'log.read': async ({ jobId, offset, limit, waitMs }, { signal }) => {
      const job = found(jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      if (state.status === 'queued') return ok({ text: '', offset: 0, nextOffset: 0, size: 0, complete: false });
      const { log: path, directory } = runPaths(dataFolder, jobId, state.run);
      let part = await readLog(path, offset, limit, isFinished(state.status));
      if (part.text === '' && waitMs > 0 && !isFinished(state.status)) {
        // A run that ends writes nothing more: its end wakes the reader up as well.
        await Promise.race([untilLonger(path, part.size, waitMs, signal), queue.untilFinished(jobId, waitMs, signal)]);
        const ended = isFinished(queue.get(jobId)?.state.status ?? state.status);
        part = await readLog(path, offset, limit, ended);
      }
      const now = queue.get(jobId);
      const complete = now !== null && isFinished(now.state.status) && part.nextOffset >= part.size;
      const removed = complete && part.size === 0 ? await logRemoved(directory) : null;
      return ok({ ...part, complete, ...(removed === null ? {} : { removed }) } satisfies LogPart);
    },
    'log.find': async ({ jobId, text, from, backwards, anyCase }, { signal }) => {
      const job = found(jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      if (state.status === 'queued') return ok({ offset: null });
      const path = runPaths(dataFolder, jobId, state.run).log;
      return ok({ offset: await findInLog(path, { text, from: from ?? null, backwards, anyCase }, signal) });
    },
    'queue.get': () => ok({ seq: events.lastSeq(), queue: queue.queueView() }),
    'queue.setMode': ({ mode }) => {
      queue.setMode(mode);
      return ok(queue.queueView());
    },
    'gpus.get': () => ok(gpus.snapshot()),
    'gpus.lookAgain': async () => ok(await gpus.lookAgain()),
    'slurm.get': () => ok(slurm.view()),
    'slurm.lookAgain': async () => ok(await slurm.look()),
    'orphans.list': () => ok({ orphans: orphans.list() }),
    'orphans.stop': (orphan) => {
      const list = orphans.stop(orphan);
      return list === null
        ? refused({
            code: 'NOT_FOUND',
            field: 'pid',
            message: `There is no orphan with process id ${orphan.pid} any more.`,
          })
        : ok({ orphans: list });
    },
    'changes.since': ({ seq }) => {
      const rows = events.since(seq, CHANGES_PER_ANSWER + 1);
      return ok({
        changes: rows.slice(0, CHANGES_PER_ANSWER).map(changeOf),
        complete: rows.length <= CHANGES_PER_ANSWER,
      });
    },
    // Only the core itself signs with the key: everybody else gets to know that there is one.
    'settings.get': (_, { origin }) => ok(origin === 'core' ? settings.get() : withoutSecrets(settings.get())),
    'settings.set': (patch) => {
      const now = settings.get();
      const isKept = patch.webhookSecret === HIDDEN_SECRET;
      const next = { ...now, ...withoutUndefined(patch), ...(isKept ? { webhookSecret: now.webhookSecret } : {}) };
      queue.setSettings(next);
      gpus.setCommand(next.nvidiaSmiPath);
      slurm.settingsChanged();
      return ok(withoutSecrets(next));
    },
    'samples.list': async () => ok({ samples: await samples.list(gpus.snapshot().gpus.length > 0) }),
    'about.get': () => ok(about),
  };
}

/** What became of the cancel of a job. */
function cancelOutcome(id: number, result: Result<Applied, QueueRefusal>): Result<CancelOutcome, ApiError> {
  if (result.ok) {
    const { before, after } = result.value;
    const done = after.state.status === 'cancelled';
    return ok({
      jobId: id,
      result: done ? 'cancelled' : 'stopping',
      previousStatus: before.state.status,
      message: done ? 'Job cancelled successfully' : 'Cancellation in progress',
    });
  }
  if (result.error.code !== 'already-finished') return refused(apiErrorOf(result.error, id));
  const already = result.error.status === 'cancelled';
  return ok({
    jobId: id,
    result: already ? 'already-cancelled' : 'already-finished',
    previousStatus: result.error.status,
    message: already ? 'Job was already cancelled' : 'Job already finished',
  });
}

/** Who the run is: its processes here, or its job on the cluster. */
function identified(
  identity: RunIdentity | null,
  status: JobStatus,
): Pick<JobDetail, 'mainPid' | 'runner' | 'cluster'> {
  switch (identity?.engine) {
    case undefined:
      return { mainPid: null, runner: null, cluster: null };
    case 'local':
      return { mainPid: status === 'running' ? identity.mainPid : null, runner: identity.runner, cluster: null };
    case 'slurm': {
      const { cluster: name, slurmJobId: jobId, output } = identity;
      return { mainPid: null, runner: null, cluster: { name, jobId, output } };
    }
  }
}

function withoutSecrets(settings: Settings): Settings {
  return settings.webhookSecret === null ? settings : { ...settings, webhookSecret: HIDDEN_SECRET };
}

/** A receipt of an older version says nothing of single processes. */
function withMembers(receipt: Receipt | null): Receipt | null {
  return receipt === null ? null : { ...OLDER_RECEIPT, ...receipt };
}

const OLDER_RECEIPT: Pick<Receipt, 'members' | 'membersNotListed'> = { members: [], membersNotListed: 0 };

async function logRemoved(directory: string): Promise<string | null> {
  const at = await removedAt(directory);
  return at === null ? null : removedWords(at);
}

/** A long look that its client does not wait for any more is no bug. */
async function unlessGone<T>(signal: AbortSignal, look: () => Promise<T>): Promise<Result<T, ApiError>> {
  try {
    return ok(await look());
  } catch (error) {
    if (signal.aborted) return refused({ code: 'REFUSED', message: 'Nobody waits for this any more.' });
    throw error;
  }
}

/** The last lines of a log, empty ones left out. */
async function lastLines(path: string): Promise<readonly string[]> {
  // Details without them are better than none: a log that cannot be read says so where it is opened.
  const text = await readLog(path, -LAST_LINES_BYTES, LAST_LINES_BYTES, true).then(
    (part) => part.text,
    () => '',
  );
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
}

function withoutUndefined<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
