import { locateNvidiaSmi } from '../../core/gpu/locate.ts';
import { readGpuQueryRun } from '../../core/gpu/nvidia-smi-parser/runs.ts';
import { GPU_QUERY_FIELDS } from '../../core/gpu/nvidia-smi-parser/columns.ts';
import { runBounded } from '../../core/processes/boundedCommand.ts';
import type { Finding } from './finding.ts';
import { note, ok, wrong } from './finding.ts';
import { savedSettings } from './savedSettings.ts';

const NAME = 'gpu driver';
/** A driver that wakes up its cards takes seconds; one that hangs takes for ever. */
const ANSWER_LIMIT_MS = 15_000;

/** Whether the driver answers, and what it has. Looks where the app on that data folder looks. */
export async function gpuDriver(dataFolder: string, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const located = await locateNvidiaSmi({
    command: savedSettings(dataFolder)?.nvidiaSmiPath ?? null,
    env: environment,
  });
  if (located.kind === 'missing')
    return note(
      NAME,
      `${located.message} Jobs that ask for no GPU run all the same.`,
      'With an NVIDIA GPU: install its driver.',
    );
  const query = [`--query-gpu=${GPU_QUERY_FIELDS.join(',')}`, '--format=csv,nounits'];
  const { code, stdout, stderr } = await runBounded(located.path, query, {
    environment,
    cwd: '/',
    limitMs: ANSWER_LIMIT_MS,
  });
  const timedOut = code === null && stderr.includes('did not answer');
  const result = readGpuQueryRun({ exitCode: code, stdout, stderr, signal: null, timedOut, spawnError: null });
  if (result.kind === 'failure') return wrong(NAME, result.message, result.advice);
  const names = result.gpus.map(({ name, memoryTotalMiB }) => `${name ?? 'unnamed'} (${memoryTotalMiB ?? '?'} MiB)`);
  return ok(NAME, `${located.path} answers: ${names.join(', ')}.`);
}
