import type { Command } from 'commander';
import { dataFolder } from '../../paths.ts';
import { EXIT } from '../exitCodes.ts';
import type { CliSession, JsonOptions } from '../session.ts';
import { JSON_OPTION } from '../session.ts';

/** `trainyard open` */
export function addOpen(program: Command, session: CliSession): void {
  program
    .command('open')
    .description('start the window, or bring it to the front when it is open')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOptions) => {
      const { openWindow } = await import('../openWindow.ts');
      const { opened, message } = await openWindow(dataFolder());
      if (json === true) session.print(JSON.stringify({ opened, message }));
      else if (opened) session.print(message);
      else session.complain(message);
      if (!opened) session.exitCode = EXIT.refused;
    });
}
