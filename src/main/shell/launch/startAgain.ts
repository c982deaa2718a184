import { app } from 'electron';
import { againCommand } from './againCommand.ts';
import type { Start } from './performLaunch.ts';

/** Lets this app start again, once it has ended, with a start that came too late for it. Ends nothing itself. */
export function startAgain({ words, cwd }: Start, root: string, log: (line: string) => void): void {
  try {
    // The next app begins in the folder in which this one is.
    process.chdir(cwd);
  } catch (error) {
    log(`start: ${String(error)}`);
  }
  log('start: it came while the app was ending, which starts again for it');
  app.relaunch(
    againCommand(
      {
        program: process.execPath,
        words: process.argv.slice(1),
        root: app.isPackaged ? null : root,
        env: process.env,
      },
      words,
    ),
  );
}
