import type { Settings } from '../../../shared/settings.ts';
import type { StopSignal } from '../../../shared/signals.ts';
import type { JobSubmission } from '../../../shared/job.ts';
import { parseCommandLine, writeCommandLine } from './commandLine.ts';
import type { Variable } from './dotEnv.ts';

/** The New run form as it is typed. Numbers are text until they are sent, so that the core's words about them can be shown. */
export interface Draft {
  readonly command: string;
  readonly cwd: string;
  readonly name: string;
  readonly gpus: number;
  /** GiB on each GPU; empty takes whole GPUs. */
  readonly gpuMemoryGiB: string;
  readonly variables: readonly Variable[];
  readonly stopSignal: StopSignal;
  readonly graceSeconds: string;
  /** Whether a person chose the stop policy; else it follows the program. */
  readonly isPolicyChosen: boolean;
}

/** A stop policy to choose with one click. */
export interface StopPreset {
  readonly value: 'plain' | 'launcher' | 'now';
  readonly label: string;
  readonly graceSeconds: number;
}

/** Launchers wait 30 s for their workers before they kill them themselves; a shorter grace would cut that off. */
export const LAUNCHER_GRACE_SECONDS = 35;
const LAUNCHERS = ['torchrun', 'accelerate', 'deepspeed'];

/** The policies the form offers; the plain one is what the settings say. */
export function stopPresets(settings: Pick<Settings, 'defaultGraceSeconds'>, command: string): readonly StopPreset[] {
  const launcher = launcherOf(command) ?? 'torchrun';
  return [
    { value: 'plain', label: `Plain ${settings.defaultGraceSeconds} s`, graceSeconds: settings.defaultGraceSeconds },
    { value: 'launcher', label: `${launcher} ${LAUNCHER_GRACE_SECONDS} s`, graceSeconds: LAUNCHER_GRACE_SECONDS },
    { value: 'now', label: 'At once', graceSeconds: 0 },
  ];
}

/** The launcher a command starts with, such as `torchrun`, or null. */
export function launcherOf(command: string): string | null {
  const { argv } = parseCommandLine(command);
  const names = argv.slice(0, 3).map((word) => word.split('/').at(-1) ?? '');
  const [program = '', option, module = ''] = names;
  const started = program.startsWith('python') && option === '-m' ? module : program;
  if (started === 'torch.distributed.run' || started === 'torch.distributed.launch') return 'torchrun';
  return LAUNCHERS.includes(started) ? started : null;
}

/** The form's first values: an earlier submission's, or empty ones in `folder`. */
export function draftOf(
  submission: JobSubmission | null,
  hiddenEnv: readonly string[],
  folder: string,
  settings: Settings,
): Draft {
  if (submission === null) {
    return {
      command: '',
      cwd: folder,
      name: '',
      gpus: 0,
      gpuMemoryGiB: '',
      variables: [],
      stopSignal: settings.defaultStopSignal,
      graceSeconds: String(settings.defaultGraceSeconds),
      isPolicyChosen: false,
    };
  }
  return {
    command: writeCommandLine(submission.command),
    cwd: submission.cwd,
    name: submission.name ?? '',
    gpus: submission.gpus ?? 0,
    gpuMemoryGiB:
      typeof submission.gpuMemoryMiB === 'number' ? String(Number((submission.gpuMemoryMiB / 1_024).toFixed(3))) : '',
    variables: [
      ...Object.entries(submission.env ?? {}).map(([name, value]) => ({ name, value })),
      ...hiddenEnv.map((name) => ({ name, value: '' })),
    ],
    stopSignal: submission.stopSignal ?? settings.defaultStopSignal,
    graceSeconds: String(submission.graceSeconds ?? settings.defaultGraceSeconds),
    isPolicyChosen: submission.graceSeconds !== undefined,
  };
}

/** The draft after the command changed: assignments at its front are shown, the stop policy follows the program. */
export function withCommand(draft: Draft, command: string, settings: Settings): Draft {
  if (draft.isPolicyChosen) return { ...draft, command };
  const grace = launcherOf(command) === null ? settings.defaultGraceSeconds : LAUNCHER_GRACE_SECONDS;
  return { ...draft, command, graceSeconds: String(grace) };
}

/** What is sent. Text that is no number goes as it is: the core says what is wrong with it, at its field. */
export function submissionOf(draft: Draft): JobSubmission {
  const { argv, assignments } = parseCommandLine(draft.command);
  const variables = [
    ...draft.variables.filter(({ name, value }) => name.trim() !== '' || value !== ''),
    ...assignments,
  ];
  const memory = draft.gpuMemoryGiB.trim();
  return {
    command: [...argv],
    cwd: draft.cwd,
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    env: Object.fromEntries(variables.map(({ name, value }) => [name.trim(), value])),
    gpus: draft.gpus,
    gpuMemoryMiB: memory === '' || draft.gpus === 0 ? null : Math.round(numberOf(memory) * 1_024),
    stopSignal: draft.stopSignal,
    graceSeconds: numberOf(draft.graceSeconds),
  };
}

function numberOf(text: string): number {
  const trimmed = text.trim().replace(',', '.');
  return trimmed === '' ? Number.NaN : Number(trimmed);
}

/** The form's fields that a refusal can name, from its `field` path: `env.FOO` belongs to the environment. */
export function formFieldOf(field: string | null): string | null {
  const head = (field ?? '').split(/[.[]/)[0] ?? '';
  const known = ['command', 'cwd', 'name', 'env', 'gpus', 'gpuMemoryMiB', 'stopSignal', 'graceSeconds'];
  return known.includes(head) ? head : null;
}
