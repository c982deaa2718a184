import { homedir } from 'node:os';
import type { AboutView } from '../../../shared/contract.ts';
import { runnerPromise } from '../engines/local/runnerCommand.ts';
import type { RunnerCommand } from '../engines/local/runnerCommand.ts';

/** What this core is and stands on, as clients see it. */
export function aboutView(version: string, dataFolder: string, { kind }: Pick<RunnerCommand, 'kind'>): AboutView {
  const { electron, node } = process.versions;
  return {
    version,
    runtime: electron === undefined ? `Node ${node}` : `Electron ${electron}`,
    dataFolder,
    homeFolder: homedir(),
    runner: kind,
    runnerPromise: runnerPromise(kind),
  };
}
