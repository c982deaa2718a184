import type { Ms } from '../../domain/job.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import type { RunOrder } from '../engine.ts';
import type { ContainerStop } from './containerStop.ts';
import type { RunFollower } from './runFollower.ts';
import type { RunScope } from './scope.ts';

/** A run that this process follows. */
export interface LiveRun {
  readonly order: RunOrder;
  readonly paths: RunPaths;
  readonly follower: RunFollower;
  /** For a command that runs a container. */
  readonly container: ContainerStop | null;
  /** Where a user manager of systemd answered when it was started. */
  scope: RunScope | null;
  /** When SIGKILL follows, once a stop was asked for. */
  deadlineAt: Ms | null;
  forced: boolean;
  /** The kernel's count of memory kills when it was started; null for an adopted run, of which that is not known. */
  readonly memoryKillsBefore: number | null;
}
