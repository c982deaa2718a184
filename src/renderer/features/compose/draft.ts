import type { Settings } from '../../../shared/settings.ts';
import type { StopPresetView } from '../../../shared/contract.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import type { JobSubmission } from '../../../shared/job.ts';
import type { JobTarget } from '../../../shared/jobTargets.ts';
import { parseCommandLine, writeCommandLine } from './commandLine.ts';
import type { Variable } from './dotEnv.ts';

/** A row of the form's environment. */
export interface EnvironmentRow extends Variable {
  /** Whether a person ticked it; it may be secret by rule all the same. */
  readonly isSecret: boolean;
}

/** The New run form as it is typed. Numbers are text until they are sent, so that the core's words about them can be shown. */
export interface Draft {
  readonly command: string;
  readonly cwd: string;
  readonly name: string;
  readonly gpus: number;
  /** GiB on each GPU; empty takes whole GPUs. */
  readonly gpuMemoryGiB: string;
  /** UUIDs of the GPUs that will do; empty for any. */
  readonly gpuIds: readonly string[];
  /** Only GPUs with so much memory in all, GiB; empty for any. */
  readonly minGpuMemoryGiB: string;
  readonly variables: readonly EnvironmentRow[];
  readonly stopSignal: StopSignal;
  readonly graceSeconds: string;
  /** Whether a person chose the stop policy; else it follows the program, and the core decides. */
  readonly isPolicyChosen: boolean;
  /** Empty for no limit. */
  readonly timeLimit: string;
  readonly timeUnit: TimeUnit;
  /** The job that must have completed first, or null. */
  readonly after: number | null;
  readonly held: boolean;
  readonly priority: number;
  readonly target: JobTarget;
  /** Empty for the cluster's default. */
  readonly partition: string;
  /** Empty for any. */
  readonly gpuType: string;
  /** Memory of the node, GiB; empty for the partition's default. */
  readonly nodeMemoryGiB: string;
  /** Options for sbatch, one on a line. */
  readonly sbatchArgs: string;
}

/** What a time limit is counted in. */
export type TimeUnit = 'minutes' | 'hours';

/** The part of the settings that the form needs. */
export type StopDefaults = Pick<Settings, 'defaultGraceSeconds' | 'defaultStopSignal'>;

/** A stop policy to choose with one click. */
export interface StopPreset {
  readonly value: 'plain' | 'preset' | 'now';
  readonly label: string;
  readonly stopSignal: StopSignal | null;
  readonly graceSeconds: number;
}

/** The policies the form offers: what the settings say, what the command's program wants, and no time at all. */
export function stopPresets(settings: StopDefaults, preset: StopPresetView | null): readonly StopPreset[] {
  const plain: StopPreset = {
    value: 'plain',
    label: `Plain ${settings.defaultGraceSeconds} s`,
    stopSignal: settings.defaultStopSignal,
    graceSeconds: settings.defaultGraceSeconds,
  };
  const now: StopPreset = { value: 'now', label: 'At once', stopSignal: null, graceSeconds: 0 };
  if (preset === null) return [plain, now];
  const { name, stopSignal, graceSeconds } = preset;
  return [plain, { value: 'preset', label: `${name} ${graceSeconds} s`, stopSignal, graceSeconds }, now];
}

/** The draft with the policy that fits its program, unless a person chose one. */
export function withPolicy(draft: Draft, settings: StopDefaults, preset: StopPresetView | null): Draft {
  if (draft.isPolicyChosen) return draft;
  const stopSignal = preset?.stopSignal ?? settings.defaultStopSignal;
  const graceSeconds = String(preset?.graceSeconds ?? settings.defaultGraceSeconds);
  if (stopSignal === draft.stopSignal && graceSeconds === draft.graceSeconds) return draft;
  return { ...draft, stopSignal, graceSeconds };
}

/** How much memory to ask for when the last run was seen to use `peakMiB`: a little more, in half GiB. */
export function memoryProposalGiB(peakMiB: number): string {
  return String(Math.ceil((peakMiB * 1.02) / 512) / 2);
}

/** The form's first values: an earlier submission's, or empty ones in `folder`. */
export function draftOf(
  submission: JobSubmission | null,
  hiddenEnv: readonly string[],
  folder: string,
  settings: StopDefaults,
): Draft {
  if (submission === null) {
    return {
      command: '',
      cwd: folder,
      name: '',
      gpus: 0,
      gpuMemoryGiB: '',
      gpuIds: [],
      minGpuMemoryGiB: '',
      variables: [],
      stopSignal: settings.defaultStopSignal,
      graceSeconds: String(settings.defaultGraceSeconds),
      isPolicyChosen: false,
      timeLimit: '',
      timeUnit: 'hours',
      after: null,
      held: false,
      priority: 0,
      ...NO_SLURM,
    };
  }
  return {
    command: writeCommandLine(submission.command),
    cwd: submission.cwd,
    name: submission.name ?? '',
    gpus: submission.gpus ?? 0,
    gpuMemoryGiB: gibOf(submission.gpuMemoryMiB),
    gpuIds: submission.gpuIds ?? [],
    minGpuMemoryGiB: gibOf(submission.minGpuMemoryMiB),
    variables: [
      ...Object.entries(submission.env ?? {}).map(([name, value]) => ({ name, value })),
      ...hiddenEnv.map((name) => ({ name, value: '' })),
    ].map((variable) => ({ ...variable, isSecret: submission.secretEnv?.includes(variable.name) ?? false })),
    stopSignal: submission.stopSignal ?? settings.defaultStopSignal,
    graceSeconds: String(submission.graceSeconds ?? settings.defaultGraceSeconds),
    isPolicyChosen: submission.graceSeconds !== undefined,
    ...limitOf(submission.timeLimitSeconds ?? null),
    after: submission.after?.[0] ?? null,
    held: submission.held ?? false,
    priority: submission.priority ?? 0,
    ...slurmOf(submission),
  };
}

const NO_SLURM = { target: 'local', partition: '', gpuType: '', nodeMemoryGiB: '', sbatchArgs: '' } as const;

function slurmOf({ target, slurm }: JobSubmission): Pick<Draft, keyof typeof NO_SLURM> {
  if (target !== 'slurm') return NO_SLURM;
  return {
    target,
    partition: slurm?.partition ?? '',
    gpuType: slurm?.gpuType ?? '',
    nodeMemoryGiB: gibOf(slurm?.memoryMiB),
    sbatchArgs: (slurm?.args ?? []).join('\n'),
  };
}

function gibOf(mib: number | null | undefined): string {
  return typeof mib === 'number' ? String(Number((mib / 1_024).toFixed(3))) : '';
}

function limitOf(seconds: number | null): Pick<Draft, 'timeLimit' | 'timeUnit'> {
  if (seconds === null) return { timeLimit: '', timeUnit: 'hours' };
  const timeUnit: TimeUnit = seconds % 1_800 === 0 ? 'hours' : 'minutes';
  return { timeLimit: String(Number((seconds / SECONDS_IN[timeUnit]).toFixed(4))), timeUnit };
}

const SECONDS_IN = { minutes: 60, hours: 3_600 } as const satisfies Readonly<Record<TimeUnit, number>>;

/**
 * What is sent. Text that is no number goes as it is: the core says what is wrong with it, at its field. A stop policy that
 * nobody chose is left out: the core takes the one that fits the program.
 */
export function submissionOf(draft: Draft): JobSubmission {
  const { argv, assignments } = parseCommandLine(draft.command);
  const variables = [
    ...draft.variables.filter(({ name, value }) => name.trim() !== '' || value !== ''),
    ...assignments,
  ];
  const secretEnv = new Set(draft.variables.filter(({ isSecret }) => isSecret).map(({ name }) => name.trim()));
  secretEnv.delete('');
  const isFar = draft.target === 'slurm';
  const onGpu = draft.gpus > 0 && !isFar;
  const limit = draft.timeLimit.trim();
  return {
    command: [...argv],
    cwd: draft.cwd,
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    env: Object.fromEntries(variables.map(({ name, value }) => [name.trim(), value])),
    ...(secretEnv.size === 0 ? {} : { secretEnv: [...secretEnv] }),
    gpus: draft.gpus,
    gpuMemoryMiB: onGpu ? mibOf(draft.gpuMemoryGiB) : null,
    ...(onGpu && draft.gpuIds.length > 0 ? { gpuIds: [...draft.gpuIds] } : {}),
    minGpuMemoryMiB: onGpu ? mibOf(draft.minGpuMemoryGiB) : null,
    ...(draft.isPolicyChosen ? { stopSignal: draft.stopSignal, graceSeconds: numberOf(draft.graceSeconds) } : {}),
    timeLimitSeconds: limit === '' ? null : numberOf(limit) * SECONDS_IN[draft.timeUnit],
    ...(draft.after === null ? {} : { after: [draft.after] }),
    ...(draft.held ? { held: true } : {}),
    ...(draft.priority === 0 ? {} : { priority: draft.priority }),
    ...(isFar ? { target: 'slurm' as const, slurm: requestOf(draft) } : {}),
  };
}

function requestOf({ partition, gpuType, nodeMemoryGiB, sbatchArgs }: Draft): NonNullable<JobSubmission['slurm']> {
  return {
    partition: partition.trim() === '' ? null : partition.trim(),
    gpuType: gpuType === '' ? null : gpuType,
    memoryMiB: mibOf(nodeMemoryGiB),
    args: sbatchArgs
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  };
}

function mibOf(gib: string): number | null {
  return gib.trim() === '' ? null : Math.round(numberOf(gib) * 1_024);
}

function numberOf(text: string): number {
  const trimmed = text.trim().replace(',', '.');
  return trimmed === '' ? Number.NaN : Number(trimmed);
}

const SLURM_FIELDS = ['slurm.partition', 'slurm.gpuType', 'slurm.memoryMiB', 'slurm.args'];

/** The form's fields that a refusal can name, from its `field` path: `env.FOO` and `secretEnv` belong to the environment. */
export function formFieldOf(field: string | null): string | null {
  const head = (field ?? '').split(/[.[]/)[0] ?? '';
  const known = [
    'command',
    'cwd',
    'name',
    'env',
    'gpus',
    'gpuMemoryMiB',
    'gpuIds',
    'minGpuMemoryMiB',
    'stopSignal',
    'graceSeconds',
    'timeLimitSeconds',
    'after',
    'target',
  ];
  if (head === 'slurm')
    return field === null ? null : (SLURM_FIELDS.find((name) => field.startsWith(name)) ?? 'target');
  if (head === 'secretEnv') return 'env';
  return known.includes(head) ? head : null;
}
