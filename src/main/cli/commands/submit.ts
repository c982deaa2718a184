import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { STOP_SIGNAL_NAMES } from '../../../shared/signals.ts';
import { secondsOfSlurmTime } from '../../../shared/slurmTime.ts';
import { JOB_TARGETS } from '../../../shared/jobTargets.ts';
import { dataFolder } from '../../paths.ts';
import type { CliSession } from '../session.ts';
import { JSON_OPTION, jobNumbers, seconds, wholeNumber } from '../session.ts';

/** The options of `trainyard submit`, parsed. */
export interface SubmitOptions {
  readonly name?: string;
  readonly cwd: string;
  readonly gpus: number;
  readonly gpuMemory?: number;
  readonly gpu?: readonly string[];
  readonly minGpuMemory?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly signal?: string;
  readonly grace?: number;
  readonly timeLimit?: number;
  readonly priority?: number;
  readonly after?: readonly number[];
  readonly hold?: true;
  readonly first?: true;
  readonly target?: 'local' | 'slurm';
  readonly partition?: string;
  readonly gpuType?: string;
  readonly memory?: number;
  readonly time?: number;
  readonly sbatchArg?: readonly string[];
  readonly serve?: true;
  readonly json?: true;
}

/** Variables of the terminal that the words were typed in. */
export type TerminalEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The words of `trainyard submit -- COMMAND…`, as they are typed in the folder `cwd` of a terminal with that environment; what
 * is done with them is for the caller.
 */
export function submitCommand(cwd: string, environment: TerminalEnvironment): Command {
  return new Command('submit')
    .description('add a run to the queue')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('--name <name>', 'what to call it')
    .option('--cwd <folder>', 'folder it runs in', (folder) => folderFrom(cwd, folder), cwd)
    .option('--gpus <count>', 'GPUs it needs; 0 runs it in a CPU slot', wholeNumber, 0)
    .option('--gpu-memory <mib>', 'memory it needs on each GPU, MiB; without it, whole GPUs', wholeNumber)
    .option('--gpu <id...>', 'only these GPUs, by number or UUID')
    .option('--min-gpu-memory <mib>', 'only GPUs with so much memory in all, MiB', wholeNumber)
    .option('--env <NAME=value>', 'a variable for the run; may be given again', variable, {})
    .option(
      '--secret-env <NAME>',
      'the same, and its value is shown to nobody; taken from here, or NAME=value, which stays in the history of a shell',
      (text: string, before: Readonly<Record<string, string>>) => secretVariable(text, before, environment),
      {},
    )
    .addOption(new Option('--signal <name>', 'signal that asks it to stop').choices(STOP_SIGNAL_NAMES))
    .option('--grace <seconds>', 'time from that signal to SIGKILL', seconds)
    .option('--time-limit <seconds>', 'stop it when it has run so long', seconds)
    .option('--priority <number>', 'higher runs first', wholeNumber)
    .option('--after <id>', 'start when this job has completed; may be given again', jobNumbers)
    .option('--hold', 'wait until it is released')
    .option('--first', 'before all others of its priority')
    .addOption(
      new Option(
        '--target <place>',
        'this machine, or the Slurm of the settings; slurm when a Slurm option is given',
      ).choices(JOB_TARGETS),
    )
    .option('--partition <names>', 'Slurm: partition, or several with commas')
    .option('--gpu-type <type>', 'Slurm: type of GPU, as the cluster calls it')
    .option('--memory <mib>', 'Slurm: memory of the node, MiB', wholeNumber)
    .option('--time <limit>', 'Slurm: time limit as sbatch takes it, such as 90 (minutes) or 1-12:00:00', slurmTime)
    .option('--sbatch-arg <option>', 'Slurm: an option for sbatch, such as --qos=high; may be given again', gathered)
    .option('--serve', 'start a core without a window when none runs')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  trainyard submit --gpus 1 --name baseline -- python3 train.py --lr 3e-4\n  trainyard submit --gpus 2 --after 12 --time-limit 3600 -- torchrun --nproc-per-node=2 train.py\n  trainyard submit --target slurm --partition gpu --gpus 2 --time 12:00:00 -- python3 train.py',
    );
}

/** `trainyard submit -- COMMAND…` */
export function addSubmit(program: Command, session: CliSession): void {
  const submit = submitCommand(process.cwd(), process.env).copyInheritedSettings(program);
  submit.action(async (command: readonly string[], options: SubmitOptions) => {
    if (options.serve === true) {
      const { startCore } = await import('../startCore.ts');
      await startCore(dataFolder());
    }
    const answer = await session.core.request('POST', '/api/training/jobs', submission(command, options));
    session.finish(answer, options.json, ({ job_id: id }) => `#${String(id)} queued`);
  });
  program.addCommand(submit);
}

/** What goes over the wire: the fields that were given; what was not has the core's default. */
export function submission(command: readonly string[], options: SubmitOptions): Record<string, unknown> {
  const secretNames = Object.keys(options.secretEnv);
  const fields = {
    command,
    cwd: options.cwd,
    gpus: options.gpus,
    env: { ...options.env, ...options.secretEnv },
    secret_env: secretNames.length === 0 ? undefined : secretNames,
    name: options.name,
    gpu_memory_mib: options.gpuMemory,
    gpu_ids: options.gpu,
    min_gpu_memory_mib: options.minGpuMemory,
    stop_signal: options.signal,
    grace_seconds: options.grace,
    time_limit_seconds: options.timeLimit ?? options.time,
    priority: options.priority,
    after: options.after,
    held: options.hold,
    first: options.first,
    ...targetFields(options),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** An option of Slurm's says where the job is to go; all of them stand together on the wire. */
function targetFields({ target, partition, gpuType, memory, time, sbatchArg }: SubmitOptions): Record<string, unknown> {
  const asked = { partition, gpu_type: gpuType, memory_mib: memory, args: sbatchArg };
  const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const isSlurm = target === 'slurm' || (target === undefined && (Object.keys(given).length > 0 || time !== undefined));
  return { target: isSlurm ? 'slurm' : target, slurm: Object.keys(given).length > 0 ? given : undefined };
}

function slurmTime(text: string): number {
  const found = secondsOfSlurmTime(text);
  if (found === null) throw new InvalidArgumentError('It must be a time such as 90, 1:30:00 or 2-00:00:00.');
  return found;
}

function gathered(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `~` is the core's to resolve, as in the window. */
function folderFrom(cwd: string, folder: string): string {
  return folder.startsWith('~') ? folder : resolve(cwd, folder);
}

function variable(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It must look like NAME=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Docker's `-e NAME`: a value that is taken from the environment stands in no command line and no history. */
function secretVariable(
  text: string,
  before: Readonly<Record<string, string>>,
  environment: TerminalEnvironment,
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  // Never refused here: the refusal would repeat it. What is wrong with the name the core says, without the value.
  if (at >= 0) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  const value = environment[text];
  if (value === undefined) throw new InvalidArgumentError(`There is no variable of that name here: export it first.`);
  return { ...before, [text]: value };
}
