import type { RunOrder } from '../engine.ts';
import { quoted } from './shellWords.ts';

/** Where the run finds its folders on the cluster. Paths that begin with `~/` are below the home folder there. */
export interface BatchFolders {
  readonly jobFiles: string;
}

/**
 * The batch script of a run. The command takes the shell's place (`exec`), so that `scancel --batch` reaches the trainer
 * and nobody else, and its exit code is the job's. The environment tag is the one that local runs carry.
 */
export function batchScript({ run, jobId, spec }: RunOrder, { jobFiles }: BatchFolders): string {
  const variables = {
    // Python holds back its output when it goes to a file: the log would come in lumps.
    PYTHONUNBUFFERED: '1',
    // Slurm names GPUs by number, in the order of the bus.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    ...spec.env,
    TRAINYARD_RUN: run,
    TRAINYARD_JOB_ID: String(jobId),
  };
  return [
    '#!/bin/sh',
    `# Trainyard job ${jobId}, run ${run}`,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `TRAINYARD_JOB_DIR=${homePath(jobFiles)}; export TRAINYARD_JOB_DIR`,
    'mkdir -p -- "$TRAINYARD_JOB_DIR"',
    `cd -- ${homePath(spec.cwd)} || exit 1`,
    `exec ${spec.command.map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

/** A path as one word of a shell; `~` is the home folder where the shell runs. */
export function homePath(path: string): string {
  if (path === '~') return '"$HOME"';
  return path.startsWith('~/') ? `"$HOME"/${quoted(path.slice(2))}` : quoted(path);
}
