import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { RunOrder } from '../engine.ts';
import { RUNNER_ONLY, runEnvironment } from './runEnvironment.ts';
import type { RunPaths } from './runFiles.ts';
import { makeRunDirectory } from './runFiles.ts';
import type { RunnerCommand } from './runnerCommand.ts';

/** Main has exited and left processes: they get the stop signal at once and SIGKILL after this. */
const KILL_AFTER_EXIT_MS = 5_000;

/** How the runner's own process went, told at most once. */
export interface RunnerEvents {
  /** The runner's process is gone; what it did is in the files. */
  readonly onExit: () => void;
  /** There was never a process: words of the operating system. */
  readonly onSpawnError: (error: { readonly code: string; readonly message: string }) => void;
}

/**
 * Starts the runner of a run, detached: it outlives this process.
 * Everything else is said through the run's files (src/runner/PROTOCOL.md).
 */
export function spawnRunner(
  runner: RunnerCommand,
  order: RunOrder,
  paths: RunPaths,
  bootId: string,
  events: RunnerEvents,
): void {
  makeRunDirectory(paths);
  const options = [
    ['--dir', paths.directory],
    ['--cwd', order.spec.cwd],
    ['--run', order.run],
    ['--boot', bootId],
    ['--signal', String(constants.signals[order.spec.stopSignal])],
    ['--grace-ms', String(order.spec.graceMs)],
    ['--kill-after-exit-ms', String(KILL_AFTER_EXIT_MS)],
  ].flat();
  const environment = runEnvironment(order, paths, process.env);
  const forTheRunnerAlone = Object.keys(runner.environment).filter((name) => !(name in environment));
  const child = spawn(runner.program, [...runner.leading, ...options, '--', ...order.spec.command], {
    // The run's folder may be gone: the runner goes there itself and says so in words.
    cwd: paths.directory,
    detached: true,
    stdio: 'ignore',
    env: {
      ...environment,
      ...runner.environment,
      ...(forTheRunnerAlone.length === 0 ? {} : { [RUNNER_ONLY]: forTheRunnerAlone.join(',') }),
    },
    windowsHide: true,
  });
  child.once('error', (error) =>
    events.onSpawnError({ code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message }),
  );
  child.once('exit', events.onExit);
  child.unref();
}
