import { realpathSync } from 'node:fs';

/** How this very `trainyard` is started again, from anywhere. */
export function ownCommand(): {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
} {
  return {
    // Not by the name of a link: the link may go with the next installation.
    command: [process.execPath, realpathSync(process.argv[1] ?? '')],
    environment: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
  };
}
