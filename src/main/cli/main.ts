import { Command, CommanderError } from 'commander';
import { applicationRoot, applicationVersion } from '../paths.ts';
import { NoCoreError } from './client.ts';
import { addChange } from './commands/change.ts';
import { addCompletion } from './commands/completion.ts';
import { addDelete } from './commands/delete.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addLook } from './commands/look.ts';
import { addOpen } from './commands/open.ts';
import { addServe } from './commands/serve.ts';
import { addSubmit } from './commands/submit.ts';
import { EXIT } from './exitCodes.ts';
import { CliSession } from './session.ts';

const HELP = `
Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 no core runs, 4 no such job, 5 refused.
TRAINYARD_HOME chooses the data folder.`;

// `trainyard list | head`: whoever reads has had enough, which is no failure.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

/** Every command of `trainyard` with its options and its help; they print and set their exit code through `session`. */
export function cliProgram(session: CliSession): Command {
  const program = new Command('trainyard')
    .description('Queues training runs on your own GPUs and stops any of them cleanly, completely and provably.')
    .version(applicationVersion(applicationRoot()))
    .showHelpAfterError('Run the command with --help to see how it is used.')
    .exitOverride()
    .addHelpText('after', HELP);
  addSubmit(program, session);
  addLook(program, session);
  addChange(program, session);
  addDelete(program, session);
  addEvents(program, session);
  addServe(program, session);
  addOpen(program, session);
  addDoctor(program, session);
  addCompletion(program, session);
  return program;
}

/** Runs `trainyard` with its arguments and resolves with the exit code; prints what a person or a script reads. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const session = new CliSession();
  try {
    await cliProgram(session).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof NoCoreError)) throw error;
    session.complain(error.message);
    return EXIT.noCore;
  }
  return session.exitCode;
}
