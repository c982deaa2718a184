import type { ROUTES, LogPart } from '../../../shared/contract.ts';
import { isFinished } from '../../../shared/job.ts';
import { ok } from '../../../shared/result.ts';
import { removedNotice } from '../files/removedMark.ts';
import { findInLog } from '../logs/findInLog.ts';
import { readLog, untilLonger } from '../logs/readLog.ts';
import type { JobQueue } from '../queue/jobQueue.ts';
import { runPaths } from '../runs/runFiles.ts';
import { foundJob } from './foundJob.ts';
import type { HandlersOf } from './router.ts';

/** Where logs are, and who knows when a run has ended. */
export interface LogParts {
  readonly queue: JobQueue;
  readonly dataFolder: string;
}

/** Reads and searches the log of a job's present or last run; a job without one has an empty log. */
export function logHandlers({ queue, dataFolder }: LogParts): Pick<HandlersOf<typeof ROUTES>, 'log.read' | 'log.find'> {
  return {
    'log.read': async ({ jobId, offset, limit, waitMs }, { signal }) => {
      const job = foundJob(queue, jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      if (state.status === 'queued') return ok({ text: '', offset: 0, nextOffset: 0, size: 0, complete: false });
      const { log: path, directory } = runPaths(dataFolder, jobId, state.run);
      let part = await readLog(path, offset, limit, isFinished(state.status));
      if (part.text === '' && waitMs > 0 && !isFinished(state.status)) {
        // A run that ends writes nothing more: its end wakes the reader up as well.
        await Promise.race([untilLonger(path, part.size, waitMs, signal), queue.untilFinished(jobId, waitMs, signal)]);
        const ended = isFinished(queue.get(jobId)?.state.status ?? state.status);
        part = await readLog(path, offset, limit, ended);
      }
      const now = queue.get(jobId);
      const complete = now !== null && isFinished(now.state.status) && part.nextOffset >= part.size;
      const removed = complete && part.size === 0 ? await removedNotice(directory) : null;
      return ok({ ...part, complete, ...(removed === null ? {} : { removed }) } satisfies LogPart);
    },
    'log.find': async ({ jobId, text, from, backwards, anyCase }, { signal }) => {
      const job = foundJob(queue, jobId);
      if (!job.ok) return job;
      const { state } = job.value;
      if (state.status === 'queued') return ok({ offset: null });
      const path = runPaths(dataFolder, jobId, state.run).log;
      return ok({ offset: await findInLog(path, { text, from: from ?? null, backwards, anyCase }, signal) });
    },
  };
}
