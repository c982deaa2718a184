import type { ROUTES, AboutView, ApiError, Change } from '../../../shared/contract.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { EventStore } from '../db/eventStore.ts';
import type { GitStore } from '../db/gitStore.ts';
import type { HistoryStore } from '../db/historyStore.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import { presetFor, processesOf } from '../domain/preset.ts';
import type { SlurmEngine } from '../engines/slurm/slurmEngine.ts';
import type { FileDesk } from '../files/fileDesk.ts';
import type { GpuMonitor } from '../gpu/monitor.ts';
import type { RunCurveRecorder } from '../gpu/runCurveRecorder.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { Applied, QueueRefusal } from '../queue/applied.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import type { Preview } from '../queue/preview.ts';
import type { Samples } from '../samples.ts';
import { lookAtScript } from '../script.ts';
import { cancelHandlers } from './cancelHandlers.ts';
import { foundJob } from './foundJob.ts';
import { gpuCurvesOf } from './gpuCurves.ts';
import { jobDetail } from './jobDetail.ts';
import { logHandlers } from './logHandlers.ts';
import type { OrphanDesk } from './orphanDesk.ts';
import { apiErrorOf, deleteErrorOf } from './refusalWords.ts';
import type { HandlersOf } from './router.ts';
import { settingsHandlers } from './settingsHandlers.ts';
import { submitHandlers } from './submitHandlers.ts';

/** How many finished jobs a snapshot carries; older ones come by `jobs.list`. */
const FINISHED_IN_SNAPSHOT = 500;
/** How many changes one answer carries; a client that is further behind takes the snapshot. */
const CHANGES_PER_ANSWER = 1_000;

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

/** A handler of every route: policy and delegation, no logic of their own. */
export function createHandlers(parts: HandlerParts): HandlersOf<typeof ROUTES> {
  const { queue, jobs, events, history, gpus, curveOf, orphans, slurm, samples, about, files } = parts;

  function answered(result: Result<Applied, QueueRefusal>, id: number): Result<ReturnType<JobQueue['view']>, ApiError> {
    return result.ok ? ok(queue.view(result.value.after)) : refused(apiErrorOf(result.error, id));
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
    'jobs.get': async ({ jobId }) => {
      const job = foundJob(queue, jobId);
      return job.ok ? ok(await jobDetail(job.value, parts)) : job;
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
      const job = foundJob(queue, jobId);
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
    'samples.list': async () => ok({ samples: await samples.list(gpus.snapshot().gpus.length > 0) }),
    'about.get': () => ok(about),
    // Last: a route that stands above as well does not compile.
    ...submitHandlers(parts),
    ...cancelHandlers(parts),
    ...logHandlers(parts),
    ...settingsHandlers(parts),
  };
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
