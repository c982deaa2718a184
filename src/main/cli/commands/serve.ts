import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { dataFolder } from '../../paths.ts';
import { ownCommand } from '../ownCommand.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION, wholeNumber } from '../session.ts';

/** What `trainyard serve` was asked for. */
export interface ServeWishes extends JsonOptions {
  readonly port?: number;
  readonly socket?: string;
  readonly onExit: 'keep' | 'cancel';
  readonly printUnit?: true;
}

/** `trainyard serve` */
export function addServe(program: Command, session: CliSession): void {
  program
    .command('serve')
    .description('run the queue without a window, until SIGTERM or Ctrl-C; runs go on after it has ended')
    .option('--port <port>', "port on 127.0.0.1 (0 takes a free one); without it, the settings'", wholeNumber)
    .option('--socket <path>', 'listen on this Unix socket as well')
    .addOption(
      new Option('--on-exit <what>', 'what becomes of live runs when it ends')
        .choices(['keep', 'cancel'])
        .default('keep'),
    )
    .option('--print-unit', 'print a unit for systemd and end')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExamples:\n  trainyard serve\n  trainyard serve --socket ~/.trainyard.sock --on-exit cancel\n  trainyard serve --print-unit > ~/.config/systemd/user/trainyard.service',
    )
    .action(async (wishes: ServeWishes) => {
      if (wishes.printUnit === true) {
        const { systemdUnit } = await import('../systemdUnit.ts');
        session.print(systemdUnit(unitFacts(wishes)));
        return;
      }
      const { serve } = await import('../serve.ts');
      session.exitCode = await serve(wishes);
    });
}

function unitFacts({
  port,
  socket,
  onExit,
}: ServeWishes): Parameters<typeof import('../systemdUnit.ts').systemdUnit>[0] {
  const { command, environment } = ownCommand();
  return {
    onExit,
    environment: { TRAINYARD_HOME: dataFolder(), ...environment },
    command: [
      ...command,
      'serve',
      ...(port === undefined ? [] : ['--port', String(port)]),
      ...(socket === undefined ? [] : ['--socket', resolve(socket)]),
      ...(onExit === 'keep' ? [] : ['--on-exit', onExit]),
    ],
  };
}
