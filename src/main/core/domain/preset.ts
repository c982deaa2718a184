import type { StopSignal } from '../../../shared/signals.ts';

/** How programs of a kind want to be stopped. */
export interface StopPreset {
  readonly name: string;
  readonly stopSignal: StopSignal;
  readonly graceSeconds: number;
  /** Why, in one sentence. */
  readonly why: string;
}

/** The launcher gives its ranks 30 s before it kills them itself (torchelastic); killing it sooner leaves them behind. */
const LAUNCHER_GRACE_SECONDS = 35;

const PRESETS: readonly { readonly programs: readonly string[]; readonly preset: StopPreset }[] = [
  {
    programs: ['torchrun', 'torch.distributed.run', 'torch.distributed.launch'],
    preset: {
      name: 'torchrun',
      stopSignal: 'SIGTERM',
      graceSeconds: LAUNCHER_GRACE_SECONDS,
      why: 'torchrun gives its ranks 30 s to save.',
    },
  },
  {
    programs: ['accelerate', 'accelerate.commands.launch'],
    preset: {
      name: 'accelerate',
      stopSignal: 'SIGTERM',
      graceSeconds: LAUNCHER_GRACE_SECONDS,
      why: 'accelerate starts its ranks as torchrun does, which gives them 30 s to save.',
    },
  },
  {
    programs: ['deepspeed', 'deepspeed.launcher.launch'],
    preset: {
      name: 'deepspeed',
      stopSignal: 'SIGTERM',
      graceSeconds: LAUNCHER_GRACE_SECONDS,
      why: 'deepspeed passes the signal on and waits for its ranks.',
    },
  },
  {
    programs: ['axolotl', 'axolotl.cli.train'],
    preset: {
      name: 'axolotl',
      stopSignal: 'SIGINT',
      graceSeconds: LAUNCHER_GRACE_SECONDS,
      why: 'axolotl saves on SIGINT.',
    },
  },
];

/** Words before the program that a shell or a launcher of environments puts there. */
const WRAPPERS = new Set([
  'env',
  'nice',
  'ionice',
  'numactl',
  'nohup',
  'time',
  'stdbuf',
  'uv',
  'run',
  'poetry',
  'pipenv',
  'conda',
  'exec',
]);
const PYTHON = /^(python|python3|python3\.\d+)$/;

/** The preset of the program that a command starts, or null for a plain one. */
export function presetFor(command: readonly string[]): StopPreset | null {
  const program = programOf(command);
  return PRESETS.find(({ programs }) => programs.includes(program))?.preset ?? null;
}

/** The program's base name, or the module behind `python -m`. */
function programOf(command: readonly string[]): string {
  for (const [place, word] of command.entries()) {
    const name = word.slice(word.lastIndexOf('/') + 1);
    if (WRAPPERS.has(name) || word.startsWith('-') || /^[A-Za-z_]\w*=/.test(word)) continue;
    if (!PYTHON.test(name)) return name;
    const module = command.indexOf('-m', place);
    return module > 0 && command.slice(place + 1, module).every((option) => option.startsWith('-'))
      ? (command[module + 1] ?? '')
      : name;
  }
  return '';
}

/** The options by which launchers are told how many processes to start on this machine. */
const PROCESS_OPTIONS = /^--(?:nproc[-_]per[-_]node|num[-_]processes|num[-_]gpus)(?:=(.*))?$/;

/** How many processes a launcher's command asks for, or null where it does not say a number. */
export function processesOf(command: readonly string[]): number | null {
  if (presetFor(command) === null) return null;
  const place = command.findIndex((word) => PROCESS_OPTIONS.test(word));
  if (place < 0) return null;
  const given = PROCESS_OPTIONS.exec(command[place] ?? '')?.[1] ?? command[place + 1] ?? '';
  return /^[1-9]\d?$/.test(given) ? Number(given) : null;
}
