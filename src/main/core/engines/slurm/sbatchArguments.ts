import type { JobSpec, RunId } from '../../domain/job.ts';
import type { SlurmRequest } from '../../../../shared/slurm.ts';
import { slurmTimeOf } from '../../../../shared/slurmTime.ts';

/** What the engine decides for a submission, beside the job's own wishes. */
export interface SbatchPlan {
  readonly output: string;
  /** Slurm's numbers of jobs that must have completed first. */
  readonly dependencies: readonly number[];
}

/** The comment that marks a job of Slurm as this run: with it a number that was given to another job is never taken for ours. */
export function tagOf(run: RunId): string {
  return `trainyard:${run}`;
}

/** What a job asks of Slurm; a job of another target is a bug here. */
export function slurmRequestOf({ target }: Pick<JobSpec, 'target'>): SlurmRequest {
  if (target.kind !== 'slurm') throw new Error('a job of this machine was handed to Slurm');
  return target;
}

/** Arguments of the sbatch that submits a run; the script comes on its standard input. */
export function sbatchArguments(run: RunId, spec: JobSpec, { output, dependencies }: SbatchPlan): readonly string[] {
  const { partition, gpuType, memoryMiB, args } = slurmRequestOf(spec);
  const signal = spec.stopSignal.replace(/^SIG/, '');
  // Slurm counts a job's time in minutes and tells it so many seconds before the end, main alone (B:).
  const graceSeconds = Math.min(65_535, Math.max(1, Math.ceil(spec.graceMs / 1_000)));
  return [
    '--parsable',
    `--comment=${tagOf(run)}`,
    `--job-name=${jobName(spec.name)}`,
    `--output=${output}`,
    '--open-mode=append',
    // A run is one attempt: another one is the user's decision.
    '--no-requeue',
    `--signal=B:${signal}@${graceSeconds}`,
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(spec.gpus === 0 ? [] : [`--gres=gpu:${gpuType === null ? '' : `${gpuType}:`}${spec.gpus}`]),
    ...(memoryMiB === null ? [] : [`--mem=${memoryMiB}M`]),
    ...(spec.timeLimitMs === null ? [] : [`--time=${slurmTimeOf(Math.ceil(spec.timeLimitMs / 60_000) * 60)}`]),
    ...(dependencies.length === 0 ? [] : [`--dependency=afterok:${dependencies.join(':')}`]),
    ...args,
  ];
}

/** Line ends would tear Slurm's own tables apart. */
function jobName(name: string): string {
  return name.replaceAll(/[\p{Cc}]+/gu, ' ').trim() || 'trainyard';
}

/** Slurm's number for the job, from what `sbatch --parsable` prints (`123` or `123;cluster`); null when that is something else. */
export function submittedId(stdout: string): number | null {
  // A site's own plugins may print before it.
  const line = stdout.trim().split('\n').at(-1) ?? '';
  const found = /^(\d+)(?:;\S*)?$/.exec(line.trim());
  return found === null ? null : Number(found[1]);
}

/** How many tasks `--array` asks for; 1 for a job that is none. */
export function tasksOf(args: readonly string[]): number {
  const text = args.findLast((argument) => argument.startsWith('--array='))?.slice('--array='.length);
  if (text === undefined) return 1;
  const count = text
    .replace(/%\d+$/, '')
    .split(',')
    .reduce((sum, part) => {
      const range = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part.trim());
      if (range === null) return sum;
      const first = Number(range[1]);
      const last = Number(range[2] ?? first);
      return last < first ? sum : sum + Math.floor((last - first) / Math.max(1, Number(range[3] ?? 1))) + 1;
    }, 0);
  return Math.max(1, count);
}
