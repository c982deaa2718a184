import type { SlurmJob } from './slurmJob.ts';

/** What Slurm's many states mean for a run. `unknown` is one this app has not heard of: nothing is concluded from it. */
export type SlurmPhase = 'waiting' | 'running' | 'completing' | 'ended' | 'unknown';

const WAITING = ['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'];
const RUNNING = [
  'CONFIGURING',
  'RUNNING',
  'SUSPENDED',
  'STOPPED',
  'SIGNALING',
  'RESIZING',
  'STAGE_OUT',
  'POWER_UP_NODE',
];
const ENDED = [
  'COMPLETED',
  'FAILED',
  'TIMEOUT',
  'OUT_OF_MEMORY',
  'NODE_FAIL',
  'CANCELLED',
  'BOOT_FAIL',
  'DEADLINE',
  'PREEMPTED',
  'REVOKED',
  'LAUNCH_FAILED',
];

/** The phase of one job. A job that is COMPLETING still has processes, whatever else is said of it. */
export function phaseOf({ states }: Pick<SlurmJob, 'states'>): SlurmPhase {
  const says = (words: readonly string[]): boolean => states.some((state) => words.includes(state));
  if (says(['COMPLETING'])) return 'completing';
  if (says(WAITING)) return 'waiting';
  if (says(RUNNING)) return 'running';
  return says(ENDED) ? 'ended' : 'unknown';
}

/** The phase of a job with all of its tasks: it waits until the first starts and has ended when the last has. */
export function phaseOfAll(tasks: readonly Pick<SlurmJob, 'states'>[]): SlurmPhase {
  const phases = new Set(tasks.map(phaseOf));
  if (phases.has('unknown')) return 'unknown';
  if (phases.has('running')) return 'running';
  if (phases.has('waiting')) return phases.size === 1 ? 'waiting' : 'running';
  return phases.has('completing') ? 'completing' : 'ended';
}

/** The state that says how an ended job ended. */
export function endStateOf({ states }: Pick<SlurmJob, 'states'>): string {
  return states.find((state) => ENDED.includes(state)) ?? states[0] ?? 'UNKNOWN';
}

/** Reasons that most users meet, in words; any other is shown as Slurm writes it. */
const REASONS: Readonly<Record<string, string>> = {
  None: 'Slurm has not looked at it yet',
  Resources: 'GPUs, CPUs or memory it needs are taken',
  Priority: 'jobs of higher priority are first',
  Dependency: 'it waits for an earlier job',
  DependencyNeverSatisfied: 'the job it waits for did not complete: cancel it, or submit it again without that',
  BeginTime: 'its begin time has not come',
  JobHeldUser: 'it is held by its user',
  JobHeldAdmin: 'it is held by an administrator',
  JobArrayTaskLimit: 'as many tasks of the array run as it allows',
  PartitionDown: 'the partition is down',
  PartitionInactive: 'the partition starts nothing now',
  PartitionTimeLimit: 'its time limit is longer than the partition allows',
  PartitionNodeLimit: 'it needs more nodes than the partition has',
  ReqNodeNotAvail: 'nodes it needs are not available',
  Reservation: 'it waits for a reservation',
  QOSMaxJobsPerUserLimit: 'as many of your jobs run as the QOS allows',
  AssocMaxJobsLimit: 'as many jobs of your account run as it may',
  Licenses: 'it waits for a licence',
};

/** Why a job waits, as a row shows it. */
export function waitingWords({ reason, partition }: Pick<SlurmJob, 'reason' | 'partition'>): string {
  const where = partition === '' ? 'Slurm' : `Slurm, partition ${partition}`;
  const words = REASONS[reason];
  return words === undefined ? `waits in ${where}: ${reason}` : `waits in ${where}: ${words} (${reason})`;
}
