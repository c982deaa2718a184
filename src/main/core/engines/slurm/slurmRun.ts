import type { JobStatus, ReceiptStep } from '../../../../shared/job.ts';
import type { JobId, Ms, SlurmIdentity } from '../../domain/job.ts';
import type { RunOrder } from '../engine.ts';
import { tagOf } from './sbatchArguments.ts';
import { phaseOf, phaseOfAll } from './slurmState.ts';
import type { SlurmPhase } from './slurmState.ts';
import type { SlurmJob } from './slurmJob.ts';
import { hasStarted } from './slurmOutcome.ts';
import type { SlurmStop, StopTarget } from './stopPlan.ts';

/** In two answers in a row a job must be missing before it counts as forgotten, or as never taken. */
export const MISSING_TWICE = 2;

/** A live run as this process follows it on Slurm. */
export interface SlurmRun {
  readonly order: RunOrder;
  readonly tag: string;
  /** Null until Slurm has given it a number. */
  identity: SlurmIdentity | null;
  /** Whether sbatch was asked to take it: after `perhaps` (an answer that was lost) it is looked for before it is asked again. */
  asked: 'no' | 'perhaps' | 'yes';
  /** When the answer of sbatch was lost, or this process began to look for it; null while none is looked for. */
  lostAt: Ms | null;
  /** The earlier job that keeps it from being submitted, with what that is; null for none. */
  waitsFor: { readonly jobId: JobId; readonly status: JobStatus | null } | null;
  /** What the queue has been told. */
  told: 'nothing' | 'accepted' | 'started';
  startedAt: Ms | null;
  /** Every task as it was last seen, by number. Slurm forgets tasks of an array one by one. */
  readonly tasks: Map<number, SlurmJob>;
  /** Slurm's job of that number is known to be this run: it was just submitted, or the last answer showed its mark. */
  isOurs: boolean;
  /** In so many answers running it was not among Slurm's jobs. */
  missing: number;
  stop: SlurmStop | null;
  readonly steps: ReceiptStep[];
  note: string | null;
  /** Since when it is COMPLETING. */
  completingSince: Ms | null;
  /** Its end is being found out and told. */
  ending: boolean;
}

/** A run that is to be followed from now on. */
export function newSlurmRun(
  order: RunOrder,
  known: Partial<Pick<SlurmRun, 'identity' | 'asked' | 'lostAt' | 'startedAt' | 'told'>>,
): SlurmRun {
  return {
    order,
    tag: known.identity?.tag ?? tagOf(order.run),
    identity: null,
    asked: 'no',
    lostAt: null,
    waitsFor: null,
    told: 'nothing',
    startedAt: null,
    tasks: new Map(),
    isOurs: false,
    missing: 0,
    stop: null,
    steps: [],
    note: null,
    completingSince: null,
    ending: false,
    ...known,
  };
}

/** The phase of a run, with all of its tasks; a run that Slurm has not shown yet waits. */
export function phaseOfRun(run: SlurmRun): SlurmPhase {
  return run.tasks.size === 0 ? 'waiting' : phaseOfAll([...run.tasks.values()]);
}

/** When the first of its tasks started, or null. */
export function startOfRun(run: SlurmRun): Ms | null {
  const starts = [...run.tasks.values()].flatMap((task) =>
    phaseOf(task) !== 'waiting' && hasStarted(task) && task.startTime !== null ? [task.startTime] : [],
  );
  return starts.length === 0 ? run.startedAt : Math.min(...starts);
}

/** Slurm's numbers that a stop of the run goes to: should it have been taken twice, both. */
export function numbersToStop({ identity, tasks }: SlurmRun): readonly number[] {
  const going = [...tasks.values()].flatMap((task) => (phaseOf(task) === 'ended' ? [] : [task.submittedAs]));
  return [...new Set([...(identity === null ? [] : [identity.slurmJobId]), ...going])];
}

/** What a stop of the run has to deal with. */
export function stopTargetOf(run: SlurmRun): StopTarget {
  const tasks = [...run.tasks.values()];
  return {
    phase: phaseOfRun(run),
    hasWaiting: tasks.length === 0 || tasks.some((task) => phaseOf(task) === 'waiting'),
    hasMain: tasks.some((task) => phaseOf(task) === 'running' && !task.states.includes('CONFIGURING')),
  };
}

/**
 * Takes what one answer of Slurm says of the run. Only tasks that carry its comment are its own: a number alone may have been
 * given to another job. A waiting array is one task with the array's number, which its tasks take over one by one.
 */
export function takeTasks(run: SlurmRun, seen: readonly SlurmJob[]): void {
  const own = seen.filter(({ comment }) => comment === run.tag);
  run.missing = own.length === 0 ? run.missing + 1 : 0;
  run.isOurs = own.length > 0;
  if (own.length === 0) return;
  for (const [id, task] of run.tasks) if (phaseOf(task) !== 'ended') run.tasks.delete(id);
  for (const task of own) run.tasks.set(task.id, task);
}

/** Whether the run has ended and the last answer did not tell how. */
export function lacksExit(run: SlurmRun): boolean {
  return phaseOfRun(run) === 'ended' && [...run.tasks.values()].some(({ exit }) => exit === null);
}
