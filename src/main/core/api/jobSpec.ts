import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, normalize } from 'node:path';
import type { ApiError } from '../../../shared/contract.ts';
import type { ParsedSubmission } from '../../../shared/job.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { JobSpec } from '../domain/job.ts';
import { presetFor } from '../domain/preset.ts';

/** Decides every default of a submission now, so that a later change of the settings does not change a job. Looks at the folder, changes nothing. */
export function jobSpecOf(submission: ParsedSubmission, settings: Settings): Result<JobSpec, ApiError> {
  const cwd = expanded(submission.cwd);
  const wrong = folderProblem(cwd);
  if (wrong !== null) return refused({ code: 'INVALID_INPUT', field: 'cwd', message: `cwd: ${wrong}` });
  const preset = presetFor(submission.command);
  return ok({
    name: submission.name || nameOf(submission.command),
    command: submission.command,
    cwd,
    env: submission.env,
    gpus: submission.gpus,
    gpuMemoryMiB: submission.gpuMemoryMiB,
    stopSignal: submission.stopSignal ?? preset?.stopSignal ?? settings.defaultStopSignal,
    graceMs: Math.round((submission.graceSeconds ?? preset?.graceSeconds ?? settings.defaultGraceSeconds) * 1_000),
    timeLimitMs: submission.timeLimitSeconds === null ? null : Math.round(submission.timeLimitSeconds * 1_000),
  });
}

function expanded(path: string): string {
  return normalize(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}

function folderProblem(path: string): string | null {
  if (!isAbsolute(path)) return `${path} is not a full path: start it with / or ~`;
  try {
    if (!statSync(path).isDirectory()) return `${path} is a file, not a folder`;
    accessSync(path, constants.X_OK);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return `there is no folder ${path}`;
    if (code === 'ENOTDIR') return `${path} leads through a file`;
    if (code === 'EACCES') return `you may not enter the folder ${path}`;
    if (code === 'ENAMETOOLONG') return 'the path is longer than the system allows';
    return `the folder ${path} cannot be used (${String(code)})`;
  }
}

const SCRIPT = /\.(py|mjs|js|ts|sh|pl|rb|jl|r)$/i;

/** A script's name says more than its interpreter's: `python train.py --lr 1` is “train”. */
function nameOf(command: readonly string[]): string {
  const script = command.find((argument, place) => place > 0 && SCRIPT.test(argument));
  const name = basename(script ?? command[0] ?? 'job').replace(SCRIPT, '');
  return name.slice(0, 200) || 'job';
}
