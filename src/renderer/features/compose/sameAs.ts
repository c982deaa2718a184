import type { JobSubmission } from '../../../shared/job.ts';
import { isKeptSecret } from '../../../shared/secretNames.ts';
import { quoteWord, writeCommandLine } from './commandLine.ts';

/** The same submission as a line for a terminal. Values of secrets are taken from the terminal's variables: a shell keeps a history. */
export function sameAsLine(submission: JobSubmission): string {
  const { name, cwd, gpus = 0, gpuMemoryMiB, gpuIds = [], minGpuMemoryMiB, env = {} } = submission;
  const { stopSignal, graceSeconds, timeLimitSeconds, priority = 0, after = [], held, target, slurm } = submission;
  const secrets = new Set(submission.secretEnv);
  const options: readonly (readonly [string, string | number | null | undefined])[] = [
    ['--name', name],
    ['--cwd', cwd === '' ? null : cwd],
    ['--gpus', gpus === 0 ? null : gpus],
    ['--gpu-memory', gpuMemoryMiB],
    ...(gpuIds.length === 0 ? [] : [['--gpu', gpuIds.map((id) => quoteWord(id)).join(' ')] as const]),
    ['--min-gpu-memory', minGpuMemoryMiB],
    ...Object.entries(env).map(([key, value]) =>
      isKeptSecret(secrets, key, value) ? (['--secret-env', key] as const) : (['--env', `${key}=${value}`] as const),
    ),
    ['--signal', stopSignal],
    ['--grace', graceSeconds],
    ['--time-limit', timeLimitSeconds],
    ['--priority', priority === 0 ? null : priority],
    ...after.map((id) => ['--after', id] as const),
    ['--target', target === 'slurm' ? target : null],
    ['--partition', slurm?.partition],
    ['--gpu-type', slurm?.gpuType],
    ['--memory', slurm?.memoryMiB],
    ...(slurm?.args ?? []).map((argument) => ['--sbatch-arg', argument] as const),
  ];
  const words = options.flatMap(([option, value]) =>
    value === null || value === undefined || Number.isNaN(value)
      ? []
      : [`${option} ${option === '--gpu' ? String(value) : quoteWord(String(value))}`],
  );
  return [
    'trainyard submit',
    ...words,
    ...(held === true ? ['--hold'] : []),
    '--',
    writeCommandLine(submission.command),
  ]
    .join(' ')
    .trim();
}
