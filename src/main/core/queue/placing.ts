import { ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import type { JobStore, Turn } from '../db/jobStore.ts';
import type { JobId } from '../domain/job.ts';
import { isCrowded, placeAfter } from '../domain/place.ts';
import type { PlaceChange, Standing } from '../domain/place.ts';
import type { Applied, QueueRefusal } from './applied.ts';
import type { News } from './news.ts';
import type { Transactions } from './transactions.ts';
import type { WaitingList } from './waitingList.ts';

/** Where a new job has its turn. */
export interface WantedPlace {
  readonly priority: number;
  readonly held: boolean;
  readonly first: boolean;
}

/** What a change of a place is written with. */
export interface PlacingParts {
  readonly jobs: JobStore;
  readonly waiting: WaitingList;
  readonly transactions: Transactions;
  readonly news: News;
}

/** Holds, releases, moves or reprioritises a queued job in the open transaction; a place that it has already changes nothing. */
export function placeTx(
  id: JobId,
  change: PlaceChange,
  { jobs, waiting, transactions, news }: PlacingParts,
): Result<Applied, QueueRefusal> {
  const before = jobs.get(id);
  if (before === null) return refused({ code: 'no-such-job' });
  let others = waiting.inOrder().map(standingOf);
  if (typeof change.to === 'object' && isCrowded(before, change.to.before, others)) {
    jobs.renumberTx();
    others = jobs.turns().map(standingOf);
    transactions.onCommit(() => waiting.reload());
  }
  const place = placeAfter(before, change, others);
  if (!place.ok) return place;
  const { held, priority, position } = place.value;
  if (held === before.held && priority === before.priority && position === before.position) {
    return ok({ before, after: before, changed: false });
  }
  const after = jobs.writePlaceTx(before, place.value);
  news.recordTx('job.placed', after, before, { held, priority, position });
  return ok({ before, after, changed: true });
}

function standingOf({ jobId, priority, position }: Turn): Standing {
  return { id: jobId, priority, position };
}
