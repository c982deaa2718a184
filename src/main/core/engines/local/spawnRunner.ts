import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { RUNNER_ONLY, runEnvironment } from '../../runs/runEnvironment.ts';
import type { RunPaths } from '../../runs/runFiles.ts';
import { makeRunDirectory, readExit, readIdentity, readRunnerError } from '../../runs/runFiles.ts';
import type { RunOrder } from '../engine.ts';
import type { RunnerCommand } from './runnerCommand.ts';
import { scopeArguments } from './scope.ts';
import type { RunScope, UserManager } from './scope.ts';

/** Main has exited and left processes: they get the stop signal at once and SIGKILL after this. */
const KILL_AFTER_EXIT_MS = 5_000;

/** What the runner itself ends with when it could not start (src/runner/PROTOCOL.md). */
const RUNNER_COULD_NOT_START = 125;

/** What a run is started with, beside its order. */
export interface RunnerStart {
  /** The trainer's command line. */
  readonly command: readonly string[];
  /** The scope to start it in, and the manager that makes it. */
  readonly scope: { readonly manager: UserManager; readonly of: RunScope } | null;
}

/** How the runner's own process went, told at most once. */
export interface RunnerEvents {
  /** The runner's process is gone; what it did is in the files. */
  readonly onExit: () => void;
  /** There was never a process: words of the operating system. */
  readonly onSpawnError: (error: { readonly code: string; readonly message: string }) => void;
}

/**
 * Starts the runner of a run, detached: it outlives this process. Where its scope cannot be made it is started without one.
 * Everything else is said through the run's files (src/runner/PROTOCOL.md).
 */
export function spawnRunner(
  runner: RunnerCommand,
  order: RunOrder,
  paths: RunPaths,
  bootId: string,
  { command, scope }: RunnerStart,
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
  const line = [runner.program, ...runner.leading, ...options, '--', ...command];
  const through =
    scope === null ? [] : [scope.manager.program, ...scopeArguments(scope.manager, order.run, order.spec.graceMs)];
  const [program = runner.program, ...words] = [...through, ...line];
  const child = spawn(program, words, {
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
  const withoutScope = (): void => {
    scope?.of.forget();
    spawnRunner(runner, order, paths, bootId, { command, scope: null }, events);
  };
  child.once('error', (error) => {
    if (scope !== null) withoutScope();
    else events.onSpawnError({ code: 'code' in error ? String(error.code) : 'UNKNOWN', message: error.message });
  });
  child.once('exit', (code) => {
    if (scope !== null && isNotOfRunner(code, paths)) withoutScope();
    else events.onExit();
  });
  child.unref();
}

/**
 * systemd-run becomes the runner once the scope is there; before that it ends with a code of its own and nothing of the run
 * is written. A signal could have met either of them: then nothing is started a second time.
 */
function isNotOfRunner(code: number | null, paths: RunPaths): boolean {
  if (code === null || code === 0 || code === RUNNER_COULD_NOT_START) return false;
  return readIdentity(paths) === null && readExit(paths) === null && readRunnerError(paths) === null;
}
