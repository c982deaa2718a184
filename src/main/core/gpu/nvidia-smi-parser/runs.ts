import { parseComputeApps } from './computeApps.ts';
import { parseFailure } from './failure.ts';
import { parseGpuQuery } from './gpuQuery.ts';
import type { ComputeAppsResult, GpuQueryResult, RunOutcome } from './types.ts';
import { parseXml } from './xml.ts';
import type { XmlResult } from './types.ts';

/**
 * Reads a finished `--query-gpu` run. A whole table counts whatever the exit code (14, corrupt infoROM, comes with one); what
 * a process printed before it was killed does not, because its last line may be cut.
 */
export function readGpuQueryRun(
  outcome: RunOutcome,
  options: { readonly fields?: readonly string[] } = {},
): GpuQueryResult {
  return wholeAnswer(outcome, (stdout) => parseGpuQuery(stdout, options));
}

/** Reads a finished `--query-compute-apps` run that printed a header: the header proves that an empty list is empty. */
export function readComputeAppsRun(outcome: RunOutcome): ComputeAppsResult {
  return wholeAnswer(outcome, parseComputeApps);
}

/** Reads a finished `-q -x` run. */
export function readXmlRun(outcome: RunOutcome): XmlResult {
  return wholeAnswer(outcome, parseXml);
}

function wholeAnswer<Result extends GpuQueryResult | ComputeAppsResult | XmlResult>(
  outcome: RunOutcome,
  read: (stdout: string) => Result,
): Result | ReturnType<typeof parseFailure> {
  if (outcome.spawnError !== null || outcome.timedOut || outcome.signal !== null) return parseFailure(outcome);
  const result = read(outcome.stdout);
  if (result.kind === 'failure') {
    const byRun = parseFailure(outcome);
    return byRun.reason === 'unknown' ? result : byRun;
  }
  if (outcome.exitCode === 0) return result;
  return { ...result, warnings: [...result.warnings, `nvidia-smi exited with ${outcome.exitCode}`] };
}
