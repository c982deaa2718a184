import type { JobHistoryEntry } from '../../../shared/job.ts';
import type { StoredEvent } from '../db/eventStore.ts';

/** One recorded event of a job in words. */
export function historyEntry({ seq, at, kind, data }: StoredEvent): JobHistoryEntry {
  return { seq, at, kind, words: words(kind, data) };
}

function words(kind: StoredEvent['kind'], data: StoredEvent['data']): string {
  switch (kind) {
    case 'job.submitted':
      return 'submitted';
    case 'job.claimed':
      return 'taken from the queue';
    case 'job.accepted':
      return `taken by Slurm as its job ${String(data['as'])}`;
    case 'job.started':
      return 'started';
    case 'job.stop-asked':
      return data['intent'] === 'time-limit' ? 'its time is up' : `cancel asked (${String(data['by'])})`;
    case 'job.stop-forced':
      return `force asked (${String(data['by'])})`;
    case 'job.stop-extended':
      return 'given more time';
    case 'job.stop-stage':
      return `stop: ${String(data['stage'])}`;
    case 'job.ended':
      return String(data['to']);
    case 'job.requeued':
      return 'queued again';
    case 'job.placed':
      return data['held'] === true ? 'held' : `placed (priority ${String(data['priority'])})`;
    case 'job.deleted':
    case 'queue.mode':
    case 'settings.changed':
      return kind;
  }
}
