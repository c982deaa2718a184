import type { Database } from 'better-sqlite3';
import type { JobStatus, Receipt } from '../../../shared/job.ts';
import { required } from '../../../shared/result.ts';
import { isLive } from '../domain/job.ts';
import type { Job, JobId, RunId, RunIdentity } from '../domain/job.ts';
import { createJobLists } from './jobLists.ts';
import {
  addedJob,
  jobOf,
  listOf,
  LOCAL_TARGET_TEXT,
  newJobRow,
  NO_RUN,
  runRow,
  SELECT_JOB,
  SELECT_OWN,
  SELECT_RUN,
  sinceOf,
  writtenJob,
} from './jobRow.ts';
import { runStatement } from './runStatement.ts';
import { LastReadings } from './lastReadings.ts';
import { beginsRun, createManyRuns } from './manyRuns.ts';
import type { StateChange } from './manyRuns.ts';
import type { JobRow, NewJob, NextState, OwnRow, RunColumns } from './jobRow.ts';
import { storedJson } from './storedJson.ts';

/** A queued job as far as its turn is concerned. */
export interface Turn {
  readonly jobId: JobId;
  readonly priority: number;
  /** Among queued jobs of one priority: lower first. */
  readonly position: number;
  readonly held: boolean;
  readonly overtaken: number;
  readonly after: readonly JobId[];
  readonly gpus: number;
  readonly gpuMemoryMiB: number | null;
  readonly gpuUuids: readonly string[];
  readonly minGpuMemoryMiB: number | null;
  /** Another scheduler gives it what it needs. */
  readonly elsewhere: boolean;
}

type TurnRow = Pick<
  OwnRow,
  | 'id'
  | 'priority'
  | 'position'
  | 'held'
  | 'overtaken'
  | 'after'
  | 'gpus'
  | 'gpu_memory_mib'
  | 'gpu_uuids'
  | 'min_gpu_memory_mib'
  | 'target'
>;

/** So many of the latest runs are asked for the GPU memory of a command: it is asked for while somebody types. */
const RUNS_ASKED_FOR_PEAK = 5_000;

/** What decides when a queued job has its turn. */
export interface Place {
  readonly held: boolean;
  readonly priority: number;
  readonly position: number;
}

/** Rows of jobs and their runs. Every function runs in the caller's transaction; none decides anything. */
export type JobStore = ReturnType<typeof createJobStore>;

/** Prepares the statements on `db`. */
export function createJobStore(db: Database) {
  const one = db.prepare<[number], OwnRow>(SELECT_OWN);
  const runOf = db.prepare<[string], RunColumns>(SELECT_RUN);
  const several = db.prepare<[string], JobRow>(`${SELECT_JOB} WHERE j.id IN (SELECT value FROM json_each(?))`);
  const waiting = db.prepare<[], JobRow>(
    `${SELECT_JOB} WHERE j.status = 'queued' ORDER BY j.priority DESC, j.position, j.id`,
  );
  const turns = db.prepare<[], TurnRow>(
    `SELECT id, priority, position, held, overtaken, after, gpus, gpu_memory_mib, gpu_uuids, min_gpu_memory_mib, target FROM jobs
     WHERE status = 'queued' ORDER BY priority DESC, position, id`,
  );
  const statusOf = db.prepare<[number], { readonly status: JobStatus }>('SELECT status FROM jobs WHERE id = ?');
  const takenElsewhere = db.prepare<[number, string], { readonly taken: 1 }>(
    `SELECT 1 AS taken FROM jobs j JOIN runs r ON r.id = j.run_id
     WHERE j.id = ? AND j.target <> ? AND j.status IN ('pending','running') AND r.identity IS NOT NULL AND r.stop IS NULL`,
  );
  const statusesOf = db.prepare<[string], { readonly id: JobId; readonly status: JobStatus }>(
    'SELECT id, status FROM jobs WHERE id IN (SELECT value FROM json_each(?))',
  );
  const endOfQueue = db.prepare<[], { readonly position: number | null }>('SELECT max(position) AS position FROM jobs');
  const live = db.prepare<[], JobRow>(
    `${SELECT_JOB} WHERE j.status IN ('pending','running') ORDER BY r.claimed_at, j.id`,
  );
  const liveHere = db.prepare<[string], JobRow>(
    `${SELECT_JOB} WHERE j.status IN ('pending','running') AND j.target = ? ORDER BY r.claimed_at, j.id`,
  );
  const counts = db.prepare<[], { readonly status: JobStatus; readonly count: number }>(
    'SELECT status, count(*) AS count FROM jobs GROUP BY status',
  );
  const insert = runStatement<keyof ReturnType<typeof newJobRow>>(
    db,
    `
    INSERT INTO jobs (status, name, command, cwd, env, secret_env, gpus, gpu_memory_mib, stop_signal, grace_ms, time_limit_ms, held, after, gpu_uuids, min_gpu_memory_mib, target, priority,
                      position, submitted_at, since, attempt, run_id, version)
    VALUES ('queued', @name, @command, @cwd, @env, @secretEnv, @gpus, @gpuMemoryMiB, @stopSignal, @graceMs, @timeLimitMs, @held, @after, @gpuUuids, @minGpuMemoryMiB, @target, @priority,
            @position, @submittedAt, @submittedAt, 0, NULL, 1)`,
  );
  const update = runStatement<'id' | 'version' | 'status' | 'since' | 'attempt' | 'run'>(
    db,
    `
    UPDATE jobs SET status = @status, since = @since, attempt = @attempt, run_id = @run,
                    overtaken = CASE WHEN @run IS NULL THEN 0 ELSE overtaken END, version = version + 1
    WHERE id = @id AND version = @version`,
  );
  const upsertRun = runStatement<keyof ReturnType<typeof runRow>>(
    db,
    `
    INSERT INTO runs (id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt)
    VALUES (@id, @jobId, @attempt, @status, @gpus, @bootId, @claimedAt, @startedAt, @endedAt, @identity, @stop, @outcome, @receipt)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, gpus = excluded.gpus, started_at = excluded.started_at, ended_at = excluded.ended_at,
                                   identity = coalesce(excluded.identity, identity), stop = excluded.stop, outcome = excluded.outcome,
                                   receipt = coalesce(excluded.receipt, receipt)`,
  );
  const writeRuns = createManyRuns(db);
  /** Of live jobs: every change of one goes through here. */
  const lastReadings = new LastReadings(db);
  const setPlace = db.prepare(
    'UPDATE jobs SET held = @held, priority = @priority, position = @position, version = version + 1 WHERE id = @id AND version = @version',
  );
  const renumber = db.prepare(
    `WITH ranked AS (SELECT id, row_number() OVER (ORDER BY position, id) AS place FROM jobs)
     UPDATE jobs SET position = ranked.place FROM ranked WHERE jobs.id = ranked.id`,
  );
  const countOvertaken = db.prepare(
    `WITH passed AS (SELECT value AS id, count(*) AS times FROM json_each(?) GROUP BY value)
     UPDATE jobs SET overtaken = overtaken + passed.times FROM passed WHERE jobs.id = passed.id`,
  );
  const notePeak = db.prepare(
    'UPDATE runs SET peak_gpu_memory_mib = max(coalesce(peak_gpu_memory_mib, 0), @mib) WHERE id = @run',
  );
  const peakOf = db.prepare<[string], { readonly peak: number | null }>(
    `SELECT r.peak FROM (SELECT job_id, claimed_at, peak_gpu_memory_mib AS peak FROM runs
       WHERE peak_gpu_memory_mib IS NOT NULL ORDER BY claimed_at DESC LIMIT ${RUNS_ASKED_FOR_PEAK}) r
     CROSS JOIN jobs j ON j.id = r.job_id WHERE j.command = ? ORDER BY r.claimed_at DESC LIMIT 1`,
  );
  const runFacts = db.prepare<
    [string],
    { readonly receipt: string | null; readonly boot_id: string; readonly identity: string | null }
  >('SELECT receipt, boot_id, identity FROM runs WHERE id = ?');

  return {
    ...createJobLists(db),

    /** The job with that number, or null. */
    get(id: JobId): Job | null {
      const row = one.get(id);
      if (row === undefined) return null;
      return jobOf({ ...row, ...(row.run_id === null ? NO_RUN : (runOf.get(row.run_id) ?? NO_RUN)) });
    },

    /** Those of the jobs that there are, by number. */
    getMany(ids: readonly JobId[]): ReadonlyMap<JobId, Job> {
      return new Map(several.all(JSON.stringify(ids)).map((row) => [row.id, jobOf(row)]));
    },

    /** Every queued job, best first. */
    waiting(): readonly Job[] {
      return waiting.all().map(jobOf);
    },

    /** What the scheduler needs of every queued job, best first; no commands or environments are read for it. */
    turns(): readonly Turn[] {
      return turns.all().map((row) => ({
        jobId: row.id,
        priority: row.priority,
        position: row.position,
        held: row.held === 1,
        overtaken: row.overtaken,
        after: listOf<JobId>(row.after),
        gpus: row.gpus,
        gpuMemoryMiB: row.gpu_memory_mib,
        gpuUuids: listOf<string>(row.gpu_uuids),
        minGpuMemoryMiB: row.min_gpu_memory_mib,
        elsewhere: row.target !== LOCAL_TARGET_TEXT,
      }));
    },

    /** The status of a job, or null when there is no such job. */
    statusOf(id: JobId): JobStatus | null {
      return statusOf.get(id)?.status ?? null;
    },

    /** Whether another scheduler has taken the live run of a job: what waits for it can be sent there after it. */
    isTakenElsewhere(id: JobId): boolean {
      return takenElsewhere.get(id, LOCAL_TARGET_TEXT) !== undefined;
    },

    /** The statuses of those of the jobs that there are. */
    statusesOf(ids: readonly JobId[]): ReadonlyMap<JobId, JobStatus> {
      return new Map(statusesOf.all(JSON.stringify(ids)).map(({ id, status }) => [id, status]));
    },

    /** Every job with a live run. */
    live: lastReadings.of((): readonly Job[] => live.all().map(jobOf)),

    /** Every job with a live run on this machine; there may be thousands elsewhere, which are not read. */
    liveHere: lastReadings.of((): readonly Job[] => liveHere.all(LOCAL_TARGET_TEXT).map(jobOf)),

    /** How many jobs are in each status. */
    counts(): Readonly<Record<JobStatus, number>> {
      const result: Record<JobStatus, number> = {
        queued: 0,
        pending: 0,
        running: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
      };
      for (const { status, count } of counts.all()) result[status] = count;
      return result;
    },

    /** Adds a job at the end of the queue and answers it with its number. */
    insertTx(job: NewJob): Job {
      return required(this.insertManyTx([job])[0], 'one row gives one job');
    },

    /** Adds jobs at the end of the queue, in their order, and answers them with their numbers. */
    insertManyTx(added: readonly NewJob[]): readonly Job[] {
      let position = endOfQueue.get()?.position ?? 0;
      return added.map((job) => {
        position += 1;
        return addedJob(Number(insert(newJobRow(job, position)).lastInsertRowid), job, position);
      });
    },

    /**
     * Writes a job's new state and its run, and answers the job as it is then. Throws when the row is no longer at
     * `job.version`: two writers would be a bug. `bootId` is that of the machine's present boot, kept with a new run.
     */
    writeTx(job: Job, next: NextState, bootId: string): Job {
      const { state } = next;
      lastReadings.changed();
      if (state.status !== 'queued') upsertRun(runRow(job.id, next, bootId));
      const { changes } = update({
        id: job.id,
        version: job.version,
        status: state.status,
        since: sinceOf(state),
        attempt: next.attempt,
        run: state.status === 'queued' ? null : state.run,
      });
      if (changes !== 1) throw new Error(`job ${job.id} changed between read and write (version ${job.version})`);
      return writtenJob(job, next);
    },

    /** The same for many jobs, each named once, in one go. */
    writeManyTx(changes: readonly StateChange[], bootId: string): readonly Job[] {
      if (changes.some(touchesLive)) lastReadings.changed();
      writeRuns(changes.filter(beginsRun), bootId);
      return changes.map((change) =>
        beginsRun(change) ? writtenJob(change.job, change.next) : this.writeTx(change.job, change.next, bootId),
      );
    },

    /** Changes what a queued job waits for, and answers it as it is then. Throws when the row is no longer at `job.version`. */
    writePlaceTx(job: Job, place: Place): Job {
      const { changes } = setPlace.run({ ...place, held: place.held ? 1 : 0, id: job.id, version: job.version });
      if (changes !== 1) throw new Error(`job ${job.id} changed between read and write (version ${job.version})`);
      return { ...job, ...place, version: job.version + 1 };
    },

    /** Numbers all positions anew, in their order, so that there is room between any two. */
    renumberTx(): void {
      lastReadings.changed();
      renumber.run();
    },

    /** Counts once more that these jobs were passed; one that is named twice was passed twice. */
    countOvertakenTx(ids: readonly JobId[]): void {
      countOvertaken.run(JSON.stringify(ids));
    },

    /** Keeps the most GPU memory a run was seen to use, MiB over all its GPUs. */
    notePeakMemoryTx(run: RunId, mib: number): void {
      notePeak.run({ run, mib });
    },

    /** The most GPU memory that the latest run of the same command was seen to use, MiB on one GPU; null when none was seen lately. */
    peakMemoryOf(command: readonly string[]): number | null {
      return peakOf.get(JSON.stringify(command))?.peak ?? null;
    },

    /** The receipt, boot and identity of a run, where it has them. */
    runFacts(
      run: RunId,
    ): { readonly receipt: Receipt | null; readonly bootId: string; readonly identity: RunIdentity | null } | null {
      const row = runFacts.get(run);
      if (row === undefined) return null;
      return {
        receipt: row.receipt === null ? null : storedJson<Receipt>(row.receipt),
        bootId: row.boot_id,
        identity: row.identity === null ? null : storedJson<RunIdentity>(row.identity),
      };
    },
  };
}

/** Whether a job was live before the change, or is after it. */
function touchesLive({ job, next: { state } }: StateChange): boolean {
  return isLive(job) || isLive({ ...job, state });
}
