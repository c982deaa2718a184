import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, normalize } from 'node:path';
import type { GpuView } from '../../../shared/gpu.ts';
import type { ApiError } from '../../../shared/contract.ts';
import type { ParsedSubmission } from '../../../shared/job.ts';
import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { Settings } from '../../../shared/settings.ts';
import { LOCAL_TARGET, NO_SLURM_REQUEST } from '../../../shared/slurm.ts';
import type { Target } from '../../../shared/slurm.ts';
import type { NewJob } from '../db/jobRow.ts';
import type { JobSpec } from '../domain/job.ts';
import { presetFor } from '../domain/preset.ts';

/** What a submission is checked against. */
export interface SubmitFacts {
  readonly settings: Settings;
  readonly gpus: readonly GpuView[];
  readonly jobExists: (id: number) => boolean;
}

/** Decides every default of a submission now, so that a later change of the settings does not change a job. Looks at the folder, changes nothing. */
export function jobSpecOf(
  submission: ParsedSubmission,
  { settings, gpus, jobExists }: SubmitFacts,
  problemOf: (folder: string) => string | null = folderProblem,
): Result<JobSpec, ApiError> {
  const target = targetOf(submission, settings);
  if (!target.ok) return target;
  const isFar = target.value.kind === 'slurm' && settings.slurmTarget === 'ssh';
  const cwd = isFar ? submission.cwd : expanded(submission.cwd);
  const wrong = isFar ? farFolderProblem(cwd) : problemOf(cwd);
  if (wrong !== null) return refused({ code: 'INVALID_INPUT', field: 'cwd', message: `cwd: ${wrong}` });
  const named = gpuUuidsOf(submission.gpuIds, submission.gpus, gpus);
  if (!named.ok) return named;
  const missing = submission.after.find((id) => !jobExists(id));
  if (missing !== undefined)
    return refused({ code: 'INVALID_INPUT', field: 'after', message: `after: there is no job #${missing}` });
  // A slip in the name would leave the value open to everybody.
  const unknown = submission.secretEnv.find((name) => !Object.hasOwn(submission.env, name));
  if (unknown !== undefined) {
    const message = `secretEnv: names ${unknown.slice(0, 60)}, which is not in env`;
    return refused({ code: 'INVALID_INPUT', field: 'secretEnv', message });
  }
  const preset = presetFor(submission.command);
  return ok({
    name: submission.name || nameOf(submission.command),
    command: submission.command,
    cwd,
    env: submission.env,
    secretEnv: [...new Set(submission.secretEnv)],
    gpus: submission.gpus,
    gpuMemoryMiB: submission.gpuMemoryMiB,
    gpuUuids: named.value,
    minGpuMemoryMiB: submission.minGpuMemoryMiB,
    after: [...new Set(submission.after)],
    stopSignal: submission.stopSignal ?? preset?.stopSignal ?? settings.defaultStopSignal,
    graceMs: Math.round((submission.graceSeconds ?? preset?.graceSeconds ?? settings.defaultGraceSeconds) * 1_000),
    timeLimitMs: submission.timeLimitSeconds === null ? null : Math.round(submission.timeLimitSeconds * 1_000),
    target: target.value,
  });
}

/** The same for a batch: all of them, or the first thing that is wrong with its place in the batch. Looks at each folder once. */
export function jobSpecsOf(
  submissions: readonly ParsedSubmission[],
  facts: SubmitFacts,
): Result<readonly Omit<NewJob, 'submittedAt'>[], ApiError> {
  const known = new Map<string, string | null>();
  const problemOf = (folder: string): string | null => {
    const problem = known.has(folder) ? (known.get(folder) ?? null) : folderProblem(folder);
    known.set(folder, problem);
    return problem;
  };
  const specs: Omit<NewJob, 'submittedAt'>[] = [];
  for (const [place, submission] of submissions.entries()) {
    const { priority, held, first } = submission;
    const spec = first ? NOT_FIRST : jobSpecOf(submission, facts, problemOf);
    if (!spec.ok) {
      const { field, message } = spec.error;
      return refused({ ...spec.error, field: `jobs[${place}].${field ?? ''}`, message: `jobs[${place}].${message}` });
    }
    specs.push({ spec: spec.value, priority, held });
  }
  return ok(specs);
}

const NOT_FIRST: Result<never, ApiError> = refused({
  code: 'INVALID_INPUT',
  field: 'first',
  message: 'first: a batch goes to the end of the queue; give its jobs a priority, or move them afterwards',
});

/** A cluster knows GPUs by type and number, not those of this machine. */
function targetOf(
  { target, slurm, gpuIds, gpuMemoryMiB, minGpuMemoryMiB }: ParsedSubmission,
  settings: Settings,
): Result<Target, ApiError> {
  const wrong = (field: string, words: string): Result<Target, ApiError> =>
    refused({ code: 'INVALID_INPUT', field, message: `${field}: ${words}` });
  if (target === 'local') {
    return slurm === undefined ? ok(LOCAL_TARGET) : wrong('slurm', 'needs the target slurm');
  }
  if (settings.slurmTarget === 'off') return wrong('target', 'no Slurm is set up: choose one in the settings first');
  if (settings.slurmTarget === 'ssh' && settings.slurmSshHost === null)
    return wrong('target', 'the settings name no host for Slurm over ssh');
  if (gpuIds.length > 0)
    return wrong('gpuIds', 'names GPUs of this machine; on Slurm choose a partition or a GPU type');
  if (gpuMemoryMiB !== null) return wrong('gpuMemoryMiB', 'GPUs are not shared on Slurm; leave it out');
  if (minGpuMemoryMiB !== null) return wrong('minGpuMemoryMiB', 'is not known of Slurm’s GPUs; choose a GPU type');
  return ok({ kind: 'slurm', ...(slurm ?? NO_SLURM_REQUEST) });
}

/** GPUs are kept by UUID: a number may stand for another card after the next boot. */
function gpuUuidsOf(
  ids: readonly string[],
  wanted: number,
  gpus: readonly GpuView[],
): Result<readonly string[], ApiError> {
  const uuids = new Set<string>();
  for (const id of ids) {
    const gpu = gpus.find(({ uuid, index }) => uuid === id || String(index) === id);
    if (gpu === undefined)
      return refused({ code: 'INVALID_INPUT', field: 'gpuIds', message: `gpuIds: there is no GPU ${id}` });
    uuids.add(gpu.uuid);
  }
  if (uuids.size > 0 && uuids.size < wanted) {
    return refused({
      code: 'INVALID_INPUT',
      field: 'gpuIds',
      message: `gpuIds: names ${uuids.size} GPUs and the job wants ${wanted}`,
    });
  }
  return ok([...uuids]);
}

function expanded(path: string): string {
  return normalize(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path);
}

/** A folder on another machine is not looked at. */
function farFolderProblem(path: string): string | null {
  return path.startsWith('/') || path === '~' || path.startsWith('~/')
    ? null
    : `${path} is not a full path: start it with / or ~`;
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
