import type { RunId } from '../domain/job.ts';
import { wordsForMiB } from '../domain/words.ts';
import type { Row } from './attribution.ts';

/**
 * What is wrong with a row, in one sentence, or null: it is of a run that is over, or of no living process. A dead process is
 * told of from its second list on, because each one is listed for a moment while it exits.
 */
export function leakWords(
  row: Row,
  facts: { readonly isLive: (run: RunId) => boolean; readonly pidsAreOurs: boolean },
): string | null {
  const { process, alive, owner } = row;
  const memory = process.memoryUsedMiB === null ? 'memory' : wordsForMiB(process.memoryUsedMiB);
  const pid = process.pid ?? 'unknown';
  if (owner !== null && !facts.isLive(owner.run)) {
    return alive === true
      ? `process ${pid} of #${owner.jobId} has outlived its run and holds ${memory}`
      : `#${owner.jobId} is over and its process ${pid} is gone, but the driver still counts ${memory} for it`;
  }
  if (owner === null && alive === false && facts.pidsAreOurs && row.deadBefore)
    return `there is no process ${pid} any more, but the driver still counts ${memory} for it`;
  return null;
}
