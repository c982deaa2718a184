import { readdir } from 'node:fs/promises';
import type { Children } from './children.ts';
import { COMPUTE_APPS_FIELDS, GPU_QUERY_FIELDS } from './nvidia-smi-parser/columns.ts';
import { parseFailure } from './nvidia-smi-parser/failure.ts';
import { readComputeAppsRun, readGpuQueryRun } from './nvidia-smi-parser/runs.ts';
import type { ComputeAppsResult, Failure, GpuQueryResult, RunOutcome } from './nvidia-smi-parser/types.ts';

/** What has been learned about this machine's nvidia-smi: which fields its driver knows and which GPUs answer. */
export interface Dialect {
  readonly gpuFields: readonly string[];
  readonly appFields: readonly string[];
  /** PCI bus ids to ask for, or null for all: one GPU that does not answer would hide the others. */
  readonly only: readonly string[] | null;
}

/** What is asked before anything is learned. */
export const FULL_DIALECT: Dialect = { gpuFields: GPU_QUERY_FIELDS, appFields: COMPUTE_APPS_FIELDS, only: null };

/** An answer with what was learned on the way; `partial` tells of the GPUs that had to be left out. */
export interface Answer<Result> {
  readonly result: Result;
  readonly dialect: Dialect;
  readonly partial: Failure | null;
}

interface Asking {
  readonly children: Children;
  readonly path: string;
  readonly dialect: Dialect;
  readonly timeoutMs: number;
}

/** Asks once for all GPUs, leaving out fields the driver does not know and GPUs that do not answer. */
export async function askGpus(
  asking: Asking & { readonly knownBusIds: readonly string[] },
): Promise<Answer<GpuQueryResult>> {
  let { dialect } = asking;
  let partial: Failure | null = null;
  for (;;) {
    const result = readGpuQueryRun(
      await runOnce(asking, [
        `--query-gpu=${dialect.gpuFields.join(',')}`,
        '--format=csv,nounits',
        ...selection(dialect),
      ]),
    );
    if (result.kind === 'ok') return { result, dialect, partial };
    const gpuFields = withoutField(dialect.gpuFields, result);
    if (gpuFields !== null) {
      dialect = { ...dialect, gpuFields };
      continue;
    }
    const only = await otherBusIds(result, dialect.only ?? asking.knownBusIds);
    if (only === null) return { result, dialect, partial };
    dialect = { ...dialect, only };
    partial = result;
  }
}

/** Asks once for the compute apps. The header is asked for: it proves that an empty list is empty. */
export async function askComputeApps(asking: Asking): Promise<Answer<ComputeAppsResult>> {
  let { dialect } = asking;
  for (;;) {
    const args = [`--query-compute-apps=${dialect.appFields.join(',')}`, '--format=csv,nounits', ...selection(dialect)];
    const result = readComputeAppsRun(await runOnce(asking, args));
    const appFields = result.kind === 'ok' ? null : withoutField(dialect.appFields, result);
    if (appFields === null) return { result, dialect, partial: null };
    dialect = { ...dialect, appFields };
  }
}

/** Arguments of the long-lived query. */
export function loopArguments(dialect: Dialect, periodMs: number): readonly string[] {
  const fields = dialect.gpuFields.join(',');
  return [
    `--query-gpu=${fields}`,
    '--format=csv,noheader,nounits',
    ...selection(dialect),
    `--loop-ms=${Math.max(1, Math.round(periodMs))}`,
  ];
}

async function runOnce(asking: Asking, args: readonly string[]): Promise<RunOutcome> {
  const { children, path, timeoutMs } = asking;
  if (children.blocked())
    return { exitCode: null, signal: null, stdout: '', stderr: '', timedOut: true, spawnError: null };
  const child = children.start({ path, args });
  const timer = setTimeout(() => child.kill('timed-out'), timeoutMs);
  const outcome = await child.ended;
  clearTimeout(timer);
  return outcome;
}

function selection(dialect: Dialect): readonly string[] {
  return dialect.only === null ? [] : [`--id=${dialect.only.join(',')}`];
}

/** The fields without the one the driver refused, or null when that is not what went wrong. */
function withoutField(fields: readonly string[], failure: Failure): readonly string[] | null {
  if (failure.reason !== 'invalid-field') return null;
  const left = fields.filter((field) => field !== failure.field);
  // Without an identity an answer would be of no use.
  const needed = ['uuid', 'gpu_uuid', 'pid'].includes(failure.field);
  return left.length < fields.length && !needed ? left : null;
}

/** The GPUs besides those that do not answer, or null when that is not what went wrong or none is left. */
async function otherBusIds(failure: Failure, known: readonly string[]): Promise<readonly string[] | null> {
  if (failure.reason !== 'lost' && failure.reason !== 'handle-error') return null;
  const broken = new Set(failure.pciBusIds.map(comparable));
  const candidates = known.length > 0 ? known : await busIdsOfKernel();
  const left = candidates.filter((busId) => !broken.has(comparable(busId)));
  return left.length > 0 && left.length < candidates.length ? left : null;
}

/** PCI addresses of the GPUs the Linux driver holds; empty elsewhere. */
async function busIdsOfKernel(): Promise<readonly string[]> {
  try {
    return await readdir('/proc/driver/nvidia/gpus');
  } catch {
    return [];
  }
}

/** nvidia-smi writes the domain with four or with eight digits. */
function comparable(busId: string): string {
  return busId.toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');
}

/** The failure of a driver that holds on to a process that was killed. */
export function hungDriver(): Failure {
  return parseFailure({ timedOut: true, stdout: 'the driver does not let nvidia-smi end' });
}
