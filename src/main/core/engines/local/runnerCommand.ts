import { accessSync, constants } from 'node:fs';
import type { RunnerKind } from '../../../../shared/job.ts';

/** How a runner is started: a program, what comes before the protocol's options, and what its environment needs. */
export interface RunnerCommand {
  readonly kind: RunnerKind;
  readonly program: string;
  readonly leading: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the two runners are. */
export interface RunnerLocations {
  /** The compiled native runner of this platform; may not be there. */
  readonly native: string;
  /** The portable runner's script. */
  readonly portable: string;
}

/** The native runner where it is compiled and this is Linux, else the portable one on this very runtime. */
export function chooseRunner({ native, portable }: RunnerLocations): RunnerCommand {
  if (process.platform === 'linux' && isExecutable(native))
    return { kind: 'native', program: native, leading: [], environment: {} };
  return {
    kind: 'portable',
    program: process.execPath,
    leading: [portable],
    environment: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
  };
}

/** What the runner in use promises, or cannot: one sentence for the window and the terminal. */
export function runnerPromise(kind: RunnerKind): string {
  return kind === 'native'
    ? 'Native runner: a stop ends when the kernel says that no process of the run is left.'
    : 'Portable runner: a stop ends every process it can find; one that leaves both the process group and the process tree can escape it.';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
