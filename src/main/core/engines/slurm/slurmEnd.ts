import type { Outcome } from '../../../../shared/job.ts';
import type { Ms } from '../../domain/job.ts';
import { causeOf } from '../../logs/causes.ts';
import { readLog } from '../../logs/readLog.ts';
import type { ClusterWitness } from '../../domain/receipt.ts';
import { slurmRequestOf, tasksOf } from './sbatchArguments.ts';
import type { ClusterFacts } from './slurmCommands.ts';
import { endWords, outcomeOfAll } from './slurmOutcome.ts';
import { startOfRun } from './slurmRun.ts';
import type { SlurmRun } from './slurmRun.ts';

/** How much of a log's end is searched for the cause of a bad end. */
const CAUSE_TAIL_BYTES = 16 * 1024;

/** How a run ended on Slurm. */
export interface SlurmEnding {
  readonly outcome: Outcome;
  readonly startedAt: Ms | null;
  readonly endedAt: Ms;
  readonly witness: ClusterWitness;
}

/** The end of a run all of whose tasks have ended, or of which Slurm knows nothing any more. */
export async function endingOf(run: SlurmRun, log: string, facts: ClusterFacts | null, now: Ms): Promise<SlurmEnding> {
  const tasks = [...run.tasks.values()];
  const unseen = Math.max(0, tasksOf(slurmRequestOf(run.order.spec).args) - tasks.length);
  // Nothing was asked of Slurm for it: it cannot have started.
  const outcome =
    run.asked === 'no'
      ? ({ kind: 'never-started' } as const)
      : await withCause(outcomeOfAll(tasks, tasks.length === 0 ? 0 : unseen, run.stop !== null), log);
  const ends = tasks.flatMap(({ endTime }) => endTime ?? []);
  const [first] = tasks;
  return {
    outcome,
    startedAt: startOfRun(run),
    endedAt: ends.length === 0 ? now : Math.min(now, Math.max(...ends)),
    witness: {
      name: 'Slurm',
      lastWord:
        first === undefined
          ? 'no longer knows the job'
          : `says ${tasks.length > 1 ? wordsOfTasks(tasks.length) : endWords(first)}`,
      steps: run.steps,
      proofs: proofsOf(run, facts),
    },
  };
}

/** Tails of logs tell when CUDA had no memory left; Slurm does not. */
async function withCause(outcome: Outcome, log: string): Promise<Outcome> {
  const isBad = outcome.kind === 'signalled' || (outcome.kind === 'exited' && outcome.code !== 0);
  if (!isBad) return outcome;
  const { text } = await readLog(log, -CAUSE_TAIL_BYTES, CAUSE_TAIL_BYTES, true).catch(() => ({ text: '' }));
  const nothing = { killedByUs: true, stoppedByOthers: false, kernelKills: { before: null, after: null } };
  return { ...outcome, cause: causeOf({ signal: null, logTail: text, ...nothing }) };
}

function proofsOf({ identity, tasks }: SlurmRun, facts: ClusterFacts | null): readonly string[] {
  if (identity === null) return ['It was never submitted: Slurm has no job with its mark'];
  const job = `Slurm’s job ${identity.slurmJobId} on ${identity.cluster}`;
  if (tasks.size === 0) return [`${job} is in neither its queue nor its records any more`];
  const tracking = facts?.processTracking ?? null;
  return [
    `${job} has left COMPLETING: Slurm holds nothing of it any more. That is Slurm’s word; its nodes were not looked at`,
    tracking === 'proctrack/cgroup'
      ? 'Slurm follows processes by cgroup there: none can leave'
      : `Slurm follows processes by ${tracking ?? 'a way it did not tell'} there: one that left its parent would not be seen`,
  ];
}

function wordsOfTasks(count: number): string {
  return `all ${count} tasks have ended`;
}
