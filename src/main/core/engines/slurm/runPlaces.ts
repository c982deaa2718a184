import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ok, refused } from '../../../../shared/result.ts';
import type { Result } from '../../../../shared/result.ts';
import { runPaths } from '../../runs/runFiles.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import type { RunOrder } from '../engine.ts';
import type { SlurmFailure } from './failure.ts';
import { fetchLogs } from './runLog.ts';
import type { SlurmCommands } from './slurmCommands.ts';
import type { SlurmRun } from './slurmRun.ts';
import { sshHostOf } from './slurmTargets.ts';

const HOME_LIMIT_MS = 20_000;

/** Where a run's output and its job's files are, as the cluster sees them. */
export interface FarPlaces {
  readonly output: string;
  readonly jobFiles: string;
}

/** Where runs have their files, here and on the cluster's side, and how output that is only there comes here. */
export class RunPlaces {
  readonly #dataFolder: string;
  readonly #homes = new Map<string, string>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** The run's folder on this machine. */
  here({ jobId, run }: Pick<RunOrder, 'jobId' | 'run'>): RunPaths {
    return runPaths(this.#dataFolder, jobId, run);
  }

  /** Its places on the cluster's side; `shared` is the folder that the settings name. */
  async there(
    commands: SlurmCommands,
    via: string,
    { jobId, run }: RunOrder,
    shared: string | null,
  ): Promise<Result<FarPlaces, SlurmFailure>> {
    const isFar = sshHostOf(via) !== null;
    if (!isFar && shared === null) {
      const { log, jobFiles } = this.here({ jobId, run });
      return ok({ output: log, jobFiles });
    }
    if (!isFar && shared !== null) mkdirSync(join(shared, 'jobs'), { recursive: true });
    const home = shared === null ? await this.#home(commands, via) : ok(shared);
    if (!home.ok) return home;
    const root = shared ?? `${home.value}/.trainyard`;
    return ok({ output: `${root}/logs/${run}.log`, jobFiles: `${root}/jobs/${jobId}/files` });
  }

  /** Fetches what is new of logs that are only there. Answers whether any has more. */
  async fetch(commands: SlurmCommands, runs: readonly SlurmRun[]): Promise<Result<boolean, SlurmFailure>> {
    const logs = runs.flatMap(({ identity, order }) =>
      identity === null || sshHostOf(identity.via) === null
        ? []
        : [{ there: identity.output, here: this.here(order).log }],
    );
    return logs.length === 0 ? ok(false) : fetchLogs(commands, logs);
  }

  /** Fetches the whole log of a run that has ended. Answers whether it is here. */
  async fetchAll(commands: SlurmCommands, run: SlurmRun): Promise<boolean> {
    for (;;) {
      const hasMore = await this.fetch(commands, [run]);
      if (!hasMore.ok) return false;
      if (!hasMore.value) return true;
    }
  }

  /** The home folder on the other side; sbatch takes no `~`. */
  async #home(commands: SlurmCommands, via: string): Promise<Result<string, SlurmFailure>> {
    const known = this.#homes.get(via);
    if (known !== undefined) return ok(known);
    const { code, stdout, stderr } = await commands.run('printf %s "$HOME"', HOME_LIMIT_MS);
    if (code !== 0 || !stdout.startsWith('/')) {
      const words = stderr.trim() || 'it told no home folder';
      return refused({ kind: 'unreachable', words });
    }
    this.#homes.set(via, stdout);
    return ok(stdout);
  }
}
