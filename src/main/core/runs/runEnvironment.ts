import type { GpuUuid, JobId, JobSpec, RunId } from '../domain/job.ts';
import type { RunPaths } from './runFiles.ts';

/** What a run's environment says of it. */
export interface RunToTell {
  readonly run: RunId;
  readonly jobId: JobId;
  readonly spec: Pick<JobSpec, 'env'>;
  readonly gpus: readonly GpuUuid[];
}

/** The variable that tags every process of a run which keeps its environment. */
export const RUN_TAG = 'TRAINYARD_RUN';

/** Names the variables that the portable runner takes for itself and keeps from the trainer. */
export const RUNNER_ONLY = 'TRAINYARD_RUNNER_ONLY';

/** Ours and Electron's own: they would change what the trainer does. */
const NOT_FOR_TRAINERS = /^(TRAINYARD_|ELECTRON_|CHROME_DESKTOP$|APPIMAGE$|NODE_OPTIONS$|NODE_CHANNEL_|VITEST|npm_)/;

/** An environment without what is the app's own; programs that are started by others for the user get this. */
export function environmentForOthers(own: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !NOT_FOR_TRAINERS.test(name)) environment[name] = value;
  }
  return environment;
}

/**
 * The environment of a run: the app's own, the run's, and last what the job asks for.
 * GPUs are named by UUID in PCI order, so that the numbers a trainer sees are those of nvidia-smi; a run without GPUs sees none.
 */
export function runEnvironment(order: RunToTell, paths: RunPaths, own: NodeJS.ProcessEnv): Record<string, string> {
  return {
    ...environmentForOthers(own),
    // Python holds back its output when it goes to a file: the log would come in lumps.
    PYTHONUNBUFFERED: '1',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: order.gpus.join(','),
    ...order.spec.env,
    [RUN_TAG]: order.run,
    TRAINYARD_JOB_ID: String(order.jobId),
    TRAINYARD_JOB_DIR: paths.jobFiles,
  };
}
