import { Command, CommanderError } from 'commander';
import { NoCoreError } from './cli/client.ts';
import { addChange } from './cli/commands/change.ts';
import { addEvents } from './cli/commands/events.ts';
import { addLook } from './cli/commands/look.ts';
import { addServe } from './cli/commands/serve.ts';
import { addSubmit } from './cli/commands/submit.ts';
import { EXIT } from './cli/exitCodes.ts';
import { CliSession } from './cli/session.ts';
import { applicationRoot, applicationVersion } from './paths.ts';

const HELP = `
Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 no core runs, 4 no such job, 5 refused.
TRAINYARD_HOME chooses the data folder.`;

/** Runs `trainyard` with its arguments and resolves with the exit code; prints what a person or a script reads. */
async function runCli(argv: readonly string[]): Promise<number> {
  const session = new CliSession();
  const program = new Command('trainyard')
    .description('Queues training runs on your own GPUs and stops any of them cleanly, completely and provably.')
    .version(applicationVersion(applicationRoot()))
    .showHelpAfterError('Run the command with --help to see how it is used.')
    .exitOverride()
    .addHelpText('after', HELP);
  addSubmit(program, session);
  addLook(program, session);
  addChange(program, session);
  addEvents(program, session);
  addServe(program, session);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof NoCoreError)) throw error;
    session.complain(error.message);
    return EXIT.noCore;
  }
  return session.exitCode;
}

// `trainyard list | head`: whoever reads has had enough, which is no failure.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const code = await runCli(process.argv.slice(2));
// `wait` has set the job's own exit code.
process.exitCode ??= code;
