import type { JobDetail, JobSubmission, JobView } from '../../shared/job.ts';

/** A submission made from an earlier job, and the names of variables whose values the core keeps to itself. */
export interface EarlierSubmission {
  readonly submission: JobSubmission;
  readonly hiddenEnv: readonly string[];
}

/**
 * The same job again as a new one. What it waited for is over, and whether it was held was a wish of that moment: both are
 * left out. Without details only the environment is missing.
 */
export function submissionFrom(job: JobView, detail: JobDetail | null): EarlierSubmission {
  const env = detail?.env ?? [];
  const shown = env.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
  return {
    submission: {
      name: job.name,
      command: [...job.command],
      cwd: job.cwd,
      gpus: job.gpus,
      gpuMemoryMiB: job.gpuMemoryMiB,
      gpuIds: [...job.gpuUuids],
      minGpuMemoryMiB: job.minGpuMemoryMiB,
      graceSeconds: job.graceSeconds,
      // The core keeps the stop signal as text; it was one of the names when it was submitted.
      stopSignal: job.stopSignal as NonNullable<JobSubmission['stopSignal']>,
      timeLimitSeconds: job.timeLimitSeconds,
      priority: job.priority,
      ...targetOf(job),
      env: Object.fromEntries(shown),
      // Those that are asked for again are among them: they stay secret when they have been typed.
      secretEnv: [...(detail?.secretEnv ?? [])],
    },
    hiddenEnv: env.filter(({ value }) => value === null).map(({ name }) => name),
  };
}

function targetOf({ target }: JobView): Pick<JobSubmission, 'target' | 'slurm'> {
  if (target.kind === 'local') return {};
  const { partition, gpuType, memoryMiB, args } = target;
  return { target: 'slurm', slurm: { partition, gpuType, memoryMiB, args: [...args] } };
}
