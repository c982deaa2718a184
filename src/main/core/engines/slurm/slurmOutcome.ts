import type { Outcome } from '../../../../shared/job.ts';
import { assertNever } from '../../../../shared/result.ts';
import type { SlurmJob } from './slurmJob.ts';
import { endStateOf } from './slurmState.ts';

/** Numbers of signals on Linux that end programs, x86 and arm (signal(7)). */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** Whether Slurm ever gave the job a node. */
export function hasStarted({ nodes, states }: Pick<SlurmJob, 'nodes' | 'states'>): boolean {
  return nodes !== '' && nodes !== '(null)' && nodes !== 'None assigned' && !states.includes('PENDING');
}

/** How an ended job ended, in our words; `byUs` when this app had asked Slurm to cancel it. */
export function outcomeOfJob(job: SlurmJob, byUs: boolean): Outcome {
  const state = endStateOf(job);
  switch (state) {
    case 'COMPLETED':
      return exited(job);
    case 'FAILED':
      return failed(job);
    case 'CANCELLED':
      if (!hasStarted(job))
        return byUs
          ? { kind: 'never-started' }
          : cluster('cancelled', 'cancelled in Slurm before it started, not by Trainyard');
      if (!byUs) return cluster('cancelled', cancelledWords(job));
      return job.exit === null ? cluster('cancelled', 'ended by scancel') : exited(job);
    case 'TIMEOUT':
      return cluster('time-limit', 'stopped by Slurm at its time limit');
    case 'OUT_OF_MEMORY':
      return cluster('out-of-memory', 'out of memory: Slurm ended it for using more than it was given');
    case 'NODE_FAIL':
      return cluster('node-failure', `its node failed${job.nodes === '' ? '' : ` (${job.nodes})`}`);
    case 'PREEMPTED':
      return cluster('preempted', 'ended by Slurm for a job of higher priority');
    case 'DEADLINE':
      return cluster('time-limit', 'ended by Slurm at its deadline');
    case 'BOOT_FAIL':
    case 'LAUNCH_FAILED':
      return cluster('node-failure', `could not be started on its node (${state})`);
    default:
      return cluster('other', `ended in Slurm as ${state}`);
  }
}

/** The outcome of a job with all its tasks: of the only one, or how many did not complete; `unseen` ended while nobody looked. */
export function outcomeOfAll(tasks: readonly SlurmJob[], unseen: number, byUs: boolean): Outcome {
  const [first] = tasks;
  if (first === undefined) return { kind: 'lost', why: 'forgotten' };
  if (tasks.length === 1 && unseen === 0) return outcomeOfJob(first, byUs);
  const outcomes = tasks.map((task) => outcomeOfJob(task, byUs));
  const bad = outcomes.filter((outcome) => !isGood(outcome));
  const total = tasks.length + unseen;
  if (byUs) return outcomes.find((outcome) => outcome.kind !== 'never-started') ?? { kind: 'never-started' };
  if (bad.length > 0) return cluster('tasks', `${bad.length} of ${total} tasks did not complete`);
  if (unseen > 0) return cluster('tasks', `${unseen} of ${total} tasks ended unseen, and Slurm no longer knows how`);
  return { kind: 'exited', code: 0, cause: null };
}

/** The end in Slurm's own words, for the receipt: `CANCELLED, exit 0`. */
export function endWords(job: SlurmJob): string {
  const state = endStateOf(job);
  if (job.exit === null || !hasStarted(job)) return state;
  return job.exit.signal === null ? `${state}, exit ${job.exit.code}` : `${state}, ${signalName(job.exit.signal)}`;
}

function isGood(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0;
    case 'signalled':
    case 'start-error':
    case 'never-started':
    case 'lost':
    case 'cluster':
      return false;
    default:
      return assertNever(outcome, 'outcome');
  }
}

function failed(job: SlurmJob): Outcome {
  if (job.exit === null || (job.exit.signal === null && job.exit.code === 0))
    return cluster('other', `failed in Slurm (${job.reason})`);
  return exited(job);
}

function exited({ exit }: SlurmJob): Outcome {
  if (exit?.signal !== null && exit?.signal !== undefined)
    return { kind: 'signalled', signal: signalName(exit.signal), coreDumped: false, cause: null };
  return { kind: 'exited', code: exit?.code ?? 0, cause: null };
}

/** Accounting tells who did it. */
function cancelledWords({ reason }: SlurmJob): string {
  const by = reason.startsWith('by user ') ? `, ${reason}` : '';
  return `cancelled in Slurm, not by Trainyard${by}`;
}

function cluster(why: Extract<Outcome, { kind: 'cluster' }>['why'], words: string): Outcome {
  return { kind: 'cluster', why, words };
}

function signalName(number: number): string {
  return SIGNALS[number] ?? `signal ${number}`;
}
