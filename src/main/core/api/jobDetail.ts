import { isFinished } from '../../../shared/job.ts';
import type { JobDetail, JobStatus, Receipt } from '../../../shared/job.ts';
import type { EventStore } from '../db/eventStore.ts';
import type { GitStore } from '../db/gitStore.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { Job, RunIdentity } from '../domain/job.ts';
import { removedNotice } from '../files/removedMark.ts';
import { readLog } from '../logs/readLog.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import { runPaths } from '../runs/runFiles.ts';
import { historyEntry } from './historyWords.ts';
import { shownEnvironment } from './secrets.ts';

/** How much of a failed run's log its details carry. */
const LAST_LINES = 10;
const LAST_LINES_BYTES = 4 * 1024;

/** Where the details of a job are kept. */
export interface JobDetailParts {
  readonly queue: JobQueue;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly provenance: Provenance;
  readonly git: GitStore;
  readonly dataFolder: string;
}

/** Everything that is kept of one job, its present or last run included. */
export async function jobDetail(
  job: Job,
  { queue, jobs, events, provenance, git, dataFolder }: JobDetailParts,
): Promise<JobDetail> {
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
    logRemoved: directory === null || !isOver ? null : await removedNotice(directory),
    lastLines: job.state.status === 'failed' ? await lastLines(runPaths(dataFolder, job.id, job.state.run).log) : [],
  };
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

/** A receipt of an older version says nothing of single processes. */
function withMembers(receipt: Receipt | null): Receipt | null {
  return receipt === null ? null : { ...OLDER_RECEIPT, ...receipt };
}

const OLDER_RECEIPT: Pick<Receipt, 'members' | 'membersNotListed'> = { members: [], membersNotListed: 0 };

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
