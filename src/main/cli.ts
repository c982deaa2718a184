import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { STOP_SIGNAL_NAMES } from '../shared/signals.ts';
import { connect, NoCoreError } from './cli/client.ts';
import type { Answer, Client } from './cli/client.ts';
import { EXIT, exitCodeOf } from './cli/exitCodes.ts';
import type { ExitCode } from './cli/exitCodes.ts';
import { jobTable } from './cli/jobTable.ts';
import { printLog } from './cli/printLog.ts';
import { serve } from './cli/serve.ts';
import { applicationRoot, applicationVersion, dataFolder } from './paths.ts';

interface SubmitOptions {
  readonly name?: string;
  readonly cwd: string;
  readonly gpus: number;
  readonly gpuMemory?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: string;
  readonly grace?: number;
  readonly timeLimit?: number;
  readonly priority?: number;
  readonly json?: true;
}

const JSON_OPTION = ['--json', 'print JSON for scripts'] as const;

/** Runs `trainyard` with its arguments and resolves with the exit code; prints what a person or a script reads. */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const core = (): Client => connect(dataFolder());

  /** Prints an answer, or its error in words, and takes over its exit code. */
  function finish(answer: Answer, json: boolean | undefined, words: (body: Answer['body']) => string): void {
    if (exitCodeOf(answer.status) !== EXIT.ok) {
      code = exitCodeOf(answer.status);
      if (json) print(JSON.stringify(answer.body));
      else complain(errorWords(answer.body));
      return;
    }
    const text = json ? JSON.stringify(answer.body) : words(answer.body);
    if (text !== '') print(text);
  }

  const program = new Command('trainyard')
    .description('Queues training runs on your own GPUs and stops any of them cleanly, completely and provably.')
    .version(applicationVersion(applicationRoot()))
    .showHelpAfterError('Run the command with --help to see how it is used.')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failed, 2 wrong usage, 3 no core runs, 4 no such job, 5 refused.\nTRAINYARD_HOME chooses the data folder.',
    );

  program
    .command('serve')
    .description('run the queue without a window, until SIGTERM or Ctrl-C; runs go on after it has ended')
    .option('--port <port>', 'port on 127.0.0.1 (0 takes a free one)', wholeNumber, 0)
    .action(async ({ port }: { readonly port: number }) => {
      code = await serve({ port });
    });

  program
    .command('submit')
    .description('add a run to the queue')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('--name <name>', 'what to call it')
    .option('--cwd <folder>', 'folder it runs in', process.cwd())
    .option('--gpus <count>', 'GPUs it needs; 0 runs it in a CPU slot', wholeNumber, 0)
    .option('--gpu-memory <mib>', 'memory it needs on each GPU, MiB; without it, whole GPUs', wholeNumber)
    .option('--env <NAME=value>', 'a variable for the run; may be given again', variable, {})
    .addOption(new Option('--signal <name>', 'signal that asks it to stop').choices(STOP_SIGNAL_NAMES))
    .option('--grace <seconds>', 'time from that signal to SIGKILL', seconds)
    .option('--time-limit <seconds>', 'stop it when it has run so long', seconds)
    .option('--priority <number>', 'higher runs first', wholeNumber)
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  trainyard submit --gpus 1 --name baseline -- python3 train.py --lr 3e-4')
    .action(async (command: readonly string[], options: SubmitOptions) => {
      const answer = await core().request('POST', '/api/training/jobs', {
        command,
        cwd: options.cwd,
        gpus: options.gpus,
        env: options.env,
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.gpuMemory === undefined ? {} : { gpu_memory_mib: options.gpuMemory }),
        ...(options.signal === undefined ? {} : { stop_signal: options.signal }),
        ...(options.grace === undefined ? {} : { grace_seconds: options.grace }),
        ...(options.timeLimit === undefined ? {} : { time_limit_seconds: options.timeLimit }),
        ...(options.priority === undefined ? {} : { priority: options.priority }),
      });
      finish(answer, options.json, ({ job_id: id }) => `#${String(id)} queued`);
    });

  program
    .command('list')
    .description('show jobs, newest first')
    .option('--status <statuses>', 'only these, separated by commas')
    .option('--search <text>', 'only jobs whose name or command holds this')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 50)
    .option(...JSON_OPTION)
    .action(
      async (options: {
        readonly status?: string;
        readonly search?: string;
        readonly limit: number;
        readonly json?: true;
      }) => {
        const query = new URLSearchParams({ limit: String(options.limit) });
        if (options.status !== undefined) query.set('status', options.status);
        if (options.search !== undefined) query.set('search', options.search);
        finish(await core().request('GET', `/api/training/jobs?${query}`), options.json, ({ jobs }) =>
          jobTable(jobs as readonly Record<string, unknown>[]),
        );
      },
    );

  program
    .command('cancel')
    .description('stop a job, whatever it is doing, and wait until it is gone')
    .argument('<id>', 'number of the job', jobNumber)
    .option('--force', 'SIGKILL now, without a grace period')
    .option('--no-wait', 'do not wait until it is gone')
    .option(...JSON_OPTION)
    .action(async (id: number, options: { readonly force?: true; readonly wait: boolean; readonly json?: true }) => {
      const query = new URLSearchParams({ wait: options.wait ? '1' : '0', force: options.force ? '1' : '0' });
      const answer = await core().request('POST', `/api/training/cancel/${id}?${query}`);
      finish(answer, options.json, ({ message }) => `#${id}: ${String(message)}`);
    });

  program
    .command('logs')
    .description('print what a run has written')
    .argument('<id>', 'number of the job', jobNumber)
    .option('-f, --follow', 'go on until the run has ended')
    .option('-n, --bytes <count>', 'only the last so many bytes', wholeNumber)
    .action(async (id: number, options: { readonly follow?: true; readonly bytes?: number }) => {
      const failed = await printLog(core(), id, { follow: options.follow === true, bytes: options.bytes ?? null });
      if (failed !== null) finish(failed, false, () => '');
    });

  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof NoCoreError)) throw error;
    complain(error.message);
    return EXIT.noCore;
  }
  return code;
}

function wholeNumber(text: string): number {
  if (!/^-?\d{1,12}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function jobNumber(text: string): number {
  const found = /^#?(\d{1,12})$/.exec(text);
  if (found === null) throw new InvalidArgumentError('It must be the number of a job, such as 12.');
  return Number(found[1]);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
}

function variable(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It must look like NAME=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function errorWords(body: Answer['body']): string {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : 'The core refused without a word.';
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`trainyard: ${text}\n`);
}

// `trainyard list | head`: whoever reads has had enough, which is no failure.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2));
