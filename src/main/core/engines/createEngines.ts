import type { Settings } from '../../../shared/settings.ts';
import type { SlurmView } from '../../../shared/slurmView.ts';
import type { JobStore } from '../db/jobStore.ts';
import type { Ms } from '../domain/job.ts';
import type { Engine, EngineReport, RunOrder } from './engine.ts';
import { EngineChoice } from './engineChoice.ts';
import { LocalEngine } from './local/localEngine.ts';
import type { RunnerCommand } from './local/runnerCommand.ts';
import type { ReleaseCheck } from './release.ts';
import { SlurmEngine } from './slurm/slurmEngine.ts';
import { placeOf } from './slurm/slurmTargets.ts';

/** What the engines stand on. */
export interface EnginesParts {
  readonly dataFolder: string;
  readonly runner: RunnerCommand;
  readonly bootId: string;
  readonly now: () => Ms;
  readonly settings: () => Settings;
  readonly statusOf: JobStore['statusOf'];
  /** Says whether a run's GPU memory is back. */
  readonly release: ReleaseCheck;
  /** The run's log is whole now: a last look at it, before its end is reported. */
  readonly onLogWhole: (order: RunOrder) => Promise<void>;
  /** What is known of the cluster has changed. */
  readonly onSlurm: (view: SlurmView) => void;
  readonly onBug: (error: unknown) => void;
}

/** What executes runs, on this machine and on a cluster; to the queue it is one engine. */
export interface AllEngines {
  readonly slurm: SlurmEngine;
  /** Processes of live runs on this machine. */
  memberPids(): ReturnType<Engine['memberPids']>;
  /** The one engine, which reports there from now on. Asked for once. */
  reportTo(report: (report: EngineReport) => void): Engine;
}

/** Puts the engines together; nothing is started before somebody takes their reports. */
export function createEngines(parts: EnginesParts): AllEngines {
  const { dataFolder, runner, bootId, now, settings, statusOf, release, onLogWhole, onSlurm, onBug } = parts;
  let tell: (report: EngineReport) => void = () => undefined;
  let choice: EngineChoice | null = null;
  const slurm = new SlurmEngine({
    dataFolder,
    now,
    place: () => placeOf(settings()),
    statusOf,
    report: (report) => tell(report),
    onLogWhole,
    onView: onSlurm,
    onBug,
  });
  return {
    slurm,
    memberPids: () => choice?.memberPids() ?? new Map(),
    reportTo(report) {
      tell = (told) => {
        if (told.type === 'ended') choice?.forget(told.run);
        report(told);
      };
      const local = new LocalEngine({ dataFolder, runner, bootId, now, release, report: tell, onLogWhole, onBug });
      choice = new EngineChoice({ local, slurm });
      return choice;
    },
  };
}
