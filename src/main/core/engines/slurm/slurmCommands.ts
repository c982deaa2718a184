import { randomUUID } from 'node:crypto';
import type { SlurmPartition } from '../../../../shared/slurmView.ts';
import { ok, refused } from '../../../../shared/result.ts';
import type { Result } from '../../../../shared/result.ts';
import { failureOf } from './failure.ts';
import type { SlurmFailure } from './failure.ts';
import { JsonItems } from './jsonItems.ts';
import { partitionsOf } from './partitions.ts';
import { jobsOfSacct, SACCT_FIELDS } from './sacct.ts';
import { submittedId } from './sbatchArguments.ts';
import { configOf, jobOfLine, secondsOf } from './scontrol.ts';
import { commandLine, quoted } from './shellWords.ts';
import type { CommandEnd, Shell } from './shell.ts';
import { slurmJobOf } from './slurmJob.ts';
import { jobOfRow, Lines, TABLE_FORMAT } from './squeueTable.ts';
import type { SlurmJob } from './slurmJob.ts';

const ANSWER_MS = 30_000;
/** A cluster with a hundred thousand jobs takes its time to list them. */
const LIST_MS = 120_000;
/** What a command line may hold of ids, well below what a kernel takes. */
const IDS_PER_COMMAND = 5_000;
/** Stands between the answers of several commands in one script. */
const NEXT_ANSWER = 'trainyard-next-answer';

/** What a cluster says of itself. */
export interface ClusterFacts {
  readonly cluster: string;
  readonly version: string | null;
  readonly partitions: readonly SlurmPartition[];
  readonly killWaitSeconds: number | null;
  /** How long a finished job is remembered without accounting, seconds. */
  readonly minJobAgeSeconds: number | null;
  readonly processTracking: string | null;
  readonly hasAccounting: boolean;
}

/** Which jobs a cancel goes to and what they get. */
export interface CancelRequest {
  readonly ids: readonly number[];
  /** `waiting`: only those that have not started, at once. `signal`: one to main alone. `signal-all`: to all processes. `end`: Slurm's own end. */
  readonly how: 'waiting' | 'signal' | 'signal-all' | 'end';
  /** Without `SIG`; for the two that send one. */
  readonly signal: string;
}

/** An answer of squeue. */
export interface JobList {
  readonly jobs: readonly SlurmJob[];
  /** How many jobs it listed in all. */
  readonly listed: number;
}

/** Slurm's own commands on one machine. Answers what they said, or why they brought nothing; never throws. */
export class SlurmCommands {
  readonly #shell: Shell;
  readonly #folder: string | null;

  /** `folder` holds the commands where they are not on PATH. */
  constructor(shell: Shell, folder: string | null) {
    this.#shell = shell;
    this.#folder = folder;
  }

  /** Submits a batch script and answers Slurm's number for it. */
  async submit(args: readonly string[], script: string, prepare: string): Promise<Result<number, SlurmFailure>> {
    // Nobody can know it before: no line of a job's command or environment ends its script.
    const mark = `TRAINYARD_END_${randomUUID()}`;
    const line = `sbatch ${args.map(quoted).join(' ')} <<'${mark}'`;
    const end = await this.#run(`${prepare}\n${line}\n${script}${mark}\n`, LIST_MS);
    const failure = failureOf(end);
    if (failure !== null) return refused(failure);
    const id = submittedId(end.stdout);
    // It may have been taken all the same: it has to be looked for by its mark.
    return id === null
      ? refused({ kind: 'unreachable', words: `sbatch answered ${JSON.stringify(end.stdout.slice(0, 300))}` })
      : ok(id);
  }

  /**
   * Every job of ours that carries one of the marks, by one `squeue`, and how many jobs were listed. The others are read and
   * dropped as they come: the answer may be tens of megabytes. An answer that breaks off is none. `brief` asks for a table in
   * place of JSON, which costs a tenth and tells no exit codes.
   */
  async jobs(marks: ReadonlySet<string>, brief: boolean): Promise<Result<JobList, SlurmFailure>> {
    const jobs: SlurmJob[] = [];
    let listed = 0;
    const take = (job: SlurmJob | null): void => {
      if (job !== null && marks.has(job.comment)) jobs.push(job);
    };
    const items = new JsonItems((text) => {
      if (!text.includes('"job_id"')) return;
      listed += 1;
      const mark = /"comment":\s*"(trainyard:[^"\\]*)"/.exec(text)?.[1];
      if (mark !== undefined && marks.has(mark)) take(slurmJobOf(parsed(text)));
    });
    const lines = new Lines((line) => {
      listed += 1;
      take(jobOfRow(line));
    });
    const shape = brief ? ['--noheader', `--format=${TABLE_FORMAT}`] : ['--json'];
    const line = commandLine(['squeue', ...shape, '--states=all', '--me']);
    const end = await this.#shell.run(this.#script(brief ? `SLURM_TIME_FORMAT=%s ${line}` : line), {
      limitMs: LIST_MS,
      onOutput: (chunk) => (brief ? lines : items).take(chunk),
    });
    const failure = failureOf(end);
    if (failure !== null) return refused({ ...failure, kind: 'unreachable' });
    if (!brief && !items.isWhole) return refused({ kind: 'unreachable', words: 'the answer of squeue broke off' });
    return ok({ jobs, listed });
  }

  /** What Slurm still knows of a job that is not in its queue: by accounting, or else by what slurmctld remembers. Empty when it knows nothing. */
  async find(id: number, hasAccounting: boolean): Promise<Result<readonly SlurmJob[], SlurmFailure>> {
    if (hasAccounting) {
      const query = ['sacct', '--noheader', '--parsable2', '--allocations', `--jobs=${id}`, `--format=${SACCT_FIELDS}`];
      const end = await this.#run(`SLURM_TIME_FORMAT=%s ${commandLine(query)}`, ANSWER_MS);
      const jobs = failureOf(end) === null ? jobsOfSacct(end.stdout) : [];
      if (jobs.length > 0) return ok(jobs);
    }
    const end = await this.#run(
      `SLURM_TIME_FORMAT=%s ${commandLine(['scontrol', '--oneliner', 'show', 'job', String(id)])}`,
      ANSWER_MS,
    );
    const failure = failureOf(end);
    if (failure?.kind === 'unreachable') return refused(failure);
    if (failure !== null)
      return /invalid job id/i.test(end.stderr) ? ok([]) : refused({ ...failure, kind: 'unreachable' });
    return ok(end.stdout.split('\n').flatMap((line) => jobOfLine(line) ?? []));
  }

  /** Asks Slurm to end jobs: one command, however many they are (one for each 5000). Ids that Slurm does not know are no failure. */
  async cancel({ ids, how, signal }: CancelRequest): Promise<SlurmFailure | null> {
    const options = {
      waiting: ['--state=PENDING'],
      signal: ['--batch', `--signal=${signal}`],
      'signal-all': ['--full', `--signal=${signal}`],
      end: [],
    }[how];
    for (let at = 0; at < ids.length; at += IDS_PER_COMMAND) {
      const line = commandLine(['scancel', ...options, ...ids.slice(at, at + IDS_PER_COMMAND).map(String)]);
      const failure = failureOf(await this.#run(line, ANSWER_MS));
      if (failure?.kind === 'unreachable') return failure;
    }
    return null;
  }

  /** What the cluster says of itself. */
  async facts(): Promise<Result<ClusterFacts, SlurmFailure>> {
    const asked = [
      ['scontrol', 'show', 'config'],
      ['scontrol', '--oneliner', 'show', 'partitions'],
      ['scontrol', '--oneliner', '--details', 'show', 'nodes'],
    ].map(commandLine);
    const end = await this.#run(asked.join(` && echo ${NEXT_ANSWER} && `), ANSWER_MS);
    const failure = failureOf(end);
    if (failure !== null) return refused({ ...failure, kind: 'unreachable' });
    const [configText = '', partitions = '', nodes = ''] = end.stdout.split(`${NEXT_ANSWER}\n`);
    const config = configOf(configText);
    return ok({
      cluster: config.get('clustername') ?? 'cluster',
      version: config.get('slurm_version') ?? null,
      partitions: partitionsOf(partitions, nodes),
      killWaitSeconds: secondsOf(config.get('killwait')),
      minJobAgeSeconds: secondsOf(config.get('minjobage')),
      processTracking: config.get('proctracktype') ?? null,
      hasAccounting: !(config.get('accountingstoragetype') ?? 'none').endsWith('none'),
    });
  }

  /** Runs any script there: for files that only that machine sees. */
  run(script: string, limitMs: number, onOutput?: (chunk: Buffer) => void): Promise<CommandEnd> {
    return this.#shell.run(script, onOutput === undefined ? { limitMs } : { limitMs, onOutput });
  }

  [Symbol.dispose](): void {
    this.#shell[Symbol.dispose]();
  }

  #run(script: string, limitMs: number): Promise<CommandEnd> {
    return this.#shell.run(this.#script(script), { limitMs });
  }

  #script(script: string): string {
    return this.#folder === null ? script : `PATH=${quoted(this.#folder)}:$PATH\n${script}`;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
