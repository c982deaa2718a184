import type { Ask } from '../../askCore.ts';

/**
 * Puts the jobs back into the queue, one after the other: a notification can stand for thousands, and the window, the terminal
 * and the scheduler have their turns in between. Answers the sentence to tell when some could not be put back, or null.
 */
export async function requeueEach(ask: Ask, jobIds: readonly number[]): Promise<string | null> {
  const problems: string[] = [];
  for (const jobId of jobIds) {
    await ask('jobs.requeue', { jobId }).catch((error: unknown) => {
      problems.push(error instanceof Error ? error.message : String(error));
    });
    await new Promise(setImmediate);
  }
  const [first] = problems;
  if (first === undefined || jobIds.length === 1) return first ?? null;
  return `${problems.length} of ${jobIds.length} jobs were not put back into the queue. The first: ${first}`;
}
