import type { Database } from 'better-sqlite3';
import type { JobStatus, Outcome, Receipt } from '../../../shared/job.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import { assertNever, required } from '../../../shared/result.ts';
import type { Job, JobId, JobSpec, JobState, Ms, RunId, RunIdentity, Stop } from '../domain/job.ts';
import { LIVE_STATUSES } from '../../../shared/job.ts';

/** A row of `jobs` joined with its current run. JSON columns are text. */
interface JobRow {
  readonly id: number;
  readonly status: JobStatus;
  readonly name: string;
  readonly command: string;
  readonly cwd: string;
  readonly env: string;
  readonly gpus: number;
  readonly gpu_memory_mib: number | null;
  readonly stop_signal: StopSignal;
  readonly grace_ms: number;
  readonly time_limit_ms: number | null;
  readonly held: number;
  readonly after: string;
  readonly gpu_uuids: string;
  readonly min_gpu_memory_mib: number | null;
  readonly overtaken: number;
  readonly priority: number;
  readonly position: number;
  readonly submitted_at: number;
  readonly since: number;
  readonly attempt: number;
  readonly version: number;
  readonly run_id: string | null;
  readonly run_gpus: string | null;
  readonly claimed_at: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly identity: string | null;
  readonly stop: string | null;
  readonly outcome: string | null;
  readonly verdict: string | null;
}

const SELECT_JOB = `
  SELECT j.id, j.status, j.name, j.command, j.cwd, j.env, j.gpus, j.gpu_memory_mib, j.stop_signal, j.grace_ms, j.time_limit_ms, j.held, j.after, j.gpu_uuids, j.min_gpu_memory_mib, j.overtaken, j.priority,
         j.position, j.submitted_at, j.since, j.attempt, j.version, j.run_id,
         r.gpus AS run_gpus, r.claimed_at, r.started_at, r.ended_at, r.identity, r.stop, r.outcome,
         json_extract(r.receipt, '$.verdict') AS verdict
  FROM jobs j LEFT JOIN runs r ON r.id = j.run_id`;

/** What `jobs.list` asks for. */
export interface JobQuery {
  readonly statuses: readonly JobStatus[] | null;
  readonly search: string | null;
  readonly limit: number;
  /** Only jobs with a smaller number. */
  readonly before: JobId | null;
}

/** A queued job as far as its turn is concerned. */
export interface Turn {
  readonly jobId: JobId;
  readonly priority: number;
  readonly held: boolean;
  readonly overtaken: number;
  readonly after: readonly JobId[];
  readonly gpus: number;
  readonly gpuMemoryMiB: number | null;
  readonly gpuUuids: readonly string[];
  readonly minGpuMemoryMiB: number | null;
}

type TurnRow = Pick<
  JobRow,
  'id' | 'priority' | 'held' | 'overtaken' | 'after' | 'gpus' | 'gpu_memory_mib' | 'gpu_uuids' | 'min_gpu_memory_mib'
>;

/** What decides when a queued job has its turn. */
export interface Place {
  readonly held: boolean;
  readonly priority: number;
  readonly position: number;
}

/** A new job before it has a number. */
export interface NewJob {
  readonly spec: JobSpec;
  readonly priority: number;
  readonly held: boolean;
  readonly submittedAt: Ms;
}

/** Rows of jobs and their runs. Every function runs in the caller's transaction; none decides anything. */
export type JobStore = ReturnType<typeof createJobStore>;

/** Prepares the statements on `db`. */
export function createJobStore(db: Database) {
  const one = db.prepare<[number], JobRow>(`${SELECT_JOB} WHERE j.id = ?`);
  const waiting = db.prepare<[], JobRow>(
    `${SELECT_JOB} WHERE j.status = 'queued' ORDER BY j.priority DESC, j.position, j.id`,
  );
  const turns = db.prepare<[], TurnRow>(
    `SELECT id, priority, held, overtaken, after, gpus, gpu_memory_mib, gpu_uuids, min_gpu_memory_mib FROM jobs
     WHERE status = 'queued' ORDER BY priority DESC, position, id`,
  );
  const statusOf = db.prepare<[number], { readonly status: JobStatus }>('SELECT status FROM jobs WHERE id = ?');
  const live = db.prepare<[], JobRow>(
    `${SELECT_JOB} WHERE j.status IN ('pending','running') ORDER BY r.claimed_at, j.id`,
  );
  const finished = db.prepare<[number], JobRow>(
    `${SELECT_JOB} WHERE j.status IN ('completed','failed','cancelled') ORDER BY j.id DESC LIMIT ?`,
  );
  const counts = db.prepare<[], { readonly status: JobStatus; readonly count: number }>(
    'SELECT status, count(*) AS count FROM jobs GROUP BY status',
  );
  const insert = db.prepare(`
    INSERT INTO jobs (status, name, command, cwd, env, gpus, gpu_memory_mib, stop_signal, grace_ms, time_limit_ms, held, after, gpu_uuids, min_gpu_memory_mib, priority,
                      position, submitted_at, since, attempt, run_id, version)
    VALUES ('queued', @name, @command, @cwd, @env, @gpus, @gpuMemoryMiB, @stopSignal, @graceMs, @timeLimitMs, @held, @after, @gpuUuids, @minGpuMemoryMiB, @priority,
            (SELECT coalesce(max(position), 0) + 1 FROM jobs), @submittedAt, @submittedAt, 0, NULL, 1)`);
  const update = db.prepare(`
    UPDATE jobs SET status = @status, since = @since, attempt = @attempt, run_id = @run,
                    overtaken = CASE WHEN @status = 'queued' THEN 0 ELSE overtaken END, version = version + 1
    WHERE id = @id AND version = @version`);
  const upsertRun = db.prepare(`
    INSERT INTO runs (id, job_id, attempt, status, gpus, boot_id, claimed_at, started_at, ended_at, identity, stop, outcome, receipt)
    VALUES (@id, @jobId, @attempt, @status, @gpus, @bootId, @claimedAt, @startedAt, @endedAt, @identity, @stop, @outcome, NULL)
    ON CONFLICT (id) DO UPDATE SET status = @status, started_at = @startedAt, ended_at = @endedAt, identity = coalesce(@identity, identity),
                                   stop = @stop, outcome = @outcome`);
  const setPlace = db.prepare(
    'UPDATE jobs SET held = @held, priority = @priority, position = @position, version = version + 1 WHERE id = @id AND version = @version',
  );
  const renumber = db.prepare(
    `WITH ranked AS (SELECT id, row_number() OVER (ORDER BY position, id) AS place FROM jobs)
     UPDATE jobs SET position = ranked.place FROM ranked WHERE jobs.id = ranked.id`,
  );
  const countOvertaken = db.prepare('UPDATE jobs SET overtaken = overtaken + 1 WHERE id = ?');
  const notePeak = db.prepare(
    'UPDATE runs SET peak_gpu_memory_mib = max(coalesce(peak_gpu_memory_mib, 0), @mib) WHERE id = @run',
  );
  const peakOf = db.prepare<[string], { readonly peak: number | null }>(
    `SELECT r.peak_gpu_memory_mib AS peak FROM runs r JOIN jobs j ON j.id = r.job_id
     WHERE j.command = ? AND r.peak_gpu_memory_mib IS NOT NULL ORDER BY r.claimed_at DESC LIMIT 1`,
  );
  const setReceipt = db.prepare('UPDATE runs SET receipt = ? WHERE id = ?');
  const runFacts = db.prepare<
    [string],
    { readonly receipt: string | null; readonly boot_id: string; readonly identity: string | null }
  >('SELECT receipt, boot_id, identity FROM runs WHERE id = ?');

  return {
    /** The job with that number, or null. */
    get(id: JobId): Job | null {
      const row = one.get(id);
      return row === undefined ? null : jobOf(row);
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
        held: row.held === 1,
        overtaken: row.overtaken,
        after: listOf<JobId>(row.after),
        gpus: row.gpus,
        gpuMemoryMiB: row.gpu_memory_mib,
        gpuUuids: listOf<string>(row.gpu_uuids),
        minGpuMemoryMiB: row.min_gpu_memory_mib,
      }));
    },

    /** The status of a job, or null when there is no such job. */
    statusOf(id: JobId): JobStatus | null {
      return statusOf.get(id)?.status ?? null;
    },

    /** Every job with a live run. */
    live(): readonly Job[] {
      return live.all().map(jobOf);
    },

    /** The latest finished jobs, newest number first. */
    finished(limit: number): readonly Job[] {
      return finished.all(limit).map(jobOf);
    },

    /** Jobs that match, newest number first. */
    list(query: JobQuery): readonly Job[] {
      const conditions: string[] = [];
      const values: (string | number)[] = [];
      if (query.statuses !== null) {
        conditions.push(`j.status IN (${query.statuses.map(() => '?').join(',') || 'NULL'})`);
        values.push(...query.statuses);
      }
      if (query.search !== null) {
        // The command is a JSON list: between two words of it stands `","`, where people type a space.
        conditions.push(`(j.name LIKE ? ESCAPE '\\' OR replace(j.command, '","', ' ') LIKE ? ESCAPE '\\')`);
        const pattern = `%${query.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
        values.push(pattern, pattern);
      }
      if (query.before !== null) {
        conditions.push('j.id < ?');
        values.push(query.before);
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      return db
        .prepare<unknown[], JobRow>(`${SELECT_JOB} ${where} ORDER BY j.id DESC LIMIT ?`)
        .all(...values, query.limit)
        .map(jobOf);
    },

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
      const { spec } = job;
      const { lastInsertRowid } = insert.run({
        ...spec,
        command: JSON.stringify(spec.command),
        env: JSON.stringify(spec.env),
        after: JSON.stringify(spec.after),
        gpuUuids: JSON.stringify(spec.gpuUuids),
        held: job.held ? 1 : 0,
        priority: job.priority,
        submittedAt: job.submittedAt,
      });
      return jobOf(required(one.get(Number(lastInsertRowid)), 'the row was inserted in this transaction'));
    },

    /**
     * Writes a job's new state and its run. Throws when the row is no longer at `job.version`: two writers would be a bug.
     * `bootId` is that of the machine's present boot, kept with a new run.
     */
    writeTx(job: Job, next: { readonly state: JobState; readonly attempt: number }, bootId: string): void {
      const { state } = next;
      if (state.status !== 'queued') upsertRun.run(runRow(job.id, state, next.attempt, bootId));
      const { changes } = update.run({
        id: job.id,
        version: job.version,
        status: state.status,
        since: sinceOf(state),
        attempt: next.attempt,
        run: state.status === 'queued' ? null : state.run,
      });
      if (changes !== 1) throw new Error(`job ${job.id} changed between read and write (version ${job.version})`);
    },

    /** Changes what a queued job waits for. Throws when the row is no longer at `job.version`. */
    writePlaceTx(job: Job, place: Place): void {
      const { changes } = setPlace.run({ ...place, held: place.held ? 1 : 0, id: job.id, version: job.version });
      if (changes !== 1) throw new Error(`job ${job.id} changed between read and write (version ${job.version})`);
    },

    /** Numbers all positions anew, in their order, so that there is room between any two. */
    renumberTx(): void {
      renumber.run();
    },

    /** Counts once more that these jobs were passed. */
    countOvertakenTx(ids: readonly JobId[]): void {
      for (const id of ids) countOvertaken.run(id);
    },

    /** Keeps the most GPU memory a run was seen to use, MiB over all its GPUs. */
    notePeakMemoryTx(run: RunId, mib: number): void {
      notePeak.run({ run, mib });
    },

    /** The most GPU memory that the latest run of the same command was seen to use, MiB on one GPU; null when none was seen. */
    peakMemoryOf(command: readonly string[]): number | null {
      return peakOf.get(JSON.stringify(command))?.peak ?? null;
    },

    /** Keeps the receipt of a run. */
    setReceiptTx(run: RunId, receipt: Receipt): void {
      setReceipt.run(JSON.stringify(receipt), run);
    },

    /** The receipt, boot and identity of a run, where it has them. */
    runFacts(
      run: RunId,
    ): { readonly receipt: Receipt | null; readonly bootId: string; readonly identity: RunIdentity | null } | null {
      const row = runFacts.get(run);
      if (row === undefined) return null;
      return {
        receipt: row.receipt === null ? null : (JSON.parse(row.receipt) as Receipt),
        bootId: row.boot_id,
        identity: row.identity === null ? null : (JSON.parse(row.identity) as RunIdentity),
      };
    },
  };
}

function runRow(jobId: JobId, state: Exclude<JobState, { status: 'queued' }>, attempt: number, bootId: string) {
  const live = (LIVE_STATUSES as readonly JobStatus[]).includes(state.status);
  return {
    id: state.run,
    jobId,
    attempt,
    status: state.status,
    gpus: JSON.stringify(state.gpus),
    bootId,
    claimedAt: 'claimedAt' in state ? state.claimedAt : state.endedAt,
    startedAt: state.status === 'pending' ? null : state.startedAt,
    endedAt: 'endedAt' in state ? state.endedAt : null,
    identity: state.status === 'running' ? JSON.stringify(state.identity) : null,
    stop: state.stop === null ? null : JSON.stringify(state.stop),
    outcome: live || !('outcome' in state) ? null : JSON.stringify(state.outcome),
  };
}

function sinceOf(state: JobState): Ms {
  switch (state.status) {
    case 'queued':
      return state.since;
    case 'pending':
      return state.claimedAt;
    case 'running':
      return state.startedAt;
    case 'completed':
    case 'failed':
    case 'cancelled':
      return state.endedAt;
    default:
      return assertNever(state, 'job state');
  }
}

function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    spec: {
      name: row.name,
      command: JSON.parse(row.command) as string[],
      cwd: row.cwd,
      env: JSON.parse(row.env) as Record<string, string>,
      gpus: row.gpus,
      gpuMemoryMiB: row.gpu_memory_mib,
      stopSignal: row.stop_signal,
      graceMs: row.grace_ms,
      timeLimitMs: row.time_limit_ms,
      gpuUuids: JSON.parse(row.gpu_uuids) as string[],
      minGpuMemoryMiB: row.min_gpu_memory_mib,
      after: JSON.parse(row.after) as number[],
    },
    state: stateOf(row),
    attempt: row.attempt,
    priority: row.priority,
    position: row.position,
    submittedAt: row.submitted_at,
    held: row.held === 1,
    overtaken: row.overtaken,
    version: row.version,
    verdict: row.verdict,
  };
}

function stateOf(row: JobRow): JobState {
  if (row.status === 'queued') return { status: 'queued', since: row.since };
  const why = `the schema gives every job that is not queued a run (job ${row.id})`;
  const run = required(row.run_id, why);
  const gpus = JSON.parse(required(row.run_gpus, why)) as string[];
  const stop = row.stop === null ? null : (JSON.parse(row.stop) as Stop);
  const claimedAt = required(row.claimed_at, why);
  switch (row.status) {
    case 'pending':
      return { status: 'pending', run, gpus, claimedAt, stop };
    case 'running':
      return {
        status: 'running',
        run,
        gpus,
        claimedAt,
        startedAt: required(row.started_at, why),
        identity: JSON.parse(required(row.identity, why)) as RunIdentity,
        stop,
      };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return {
        status: row.status,
        run,
        gpus,
        startedAt: row.started_at,
        endedAt: required(row.ended_at, why),
        outcome: outcomeOfRow(required(row.outcome, why)),
        stop,
      };
    default:
      return assertNever(row.status, 'job status');
  }
}

/** A JSON list; the empty one, which nearly all are, is not parsed. */
function listOf<T>(text: string): readonly T[] {
  return text === '[]' ? [] : (JSON.parse(text) as T[]);
}

/** Outcomes of older versions say nothing of a cause: none was looked for. */
function outcomeOfRow(text: string): Outcome {
  const outcome = JSON.parse(text) as Outcome;
  return outcome.kind === 'exited' || outcome.kind === 'signalled'
    ? { ...outcome, cause: outcome.cause ?? null }
    : outcome;
}
