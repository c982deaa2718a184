import type { EventKind } from '../db/eventStore.ts';
import { stopOf } from '../domain/job.ts';
import type { Job } from '../domain/job.ts';
import type { JobEvent } from '../domain/transition.ts';

/** The kind under which what happened to `before` is recorded. */
export function kindOf(event: JobEvent, before: Job): EventKind {
  switch (event.type) {
    case 'claim':
      return 'job.claimed';
    case 'accepted':
      return 'job.accepted';
    case 'started':
      return 'job.started';
    case 'cancel':
      if (before.state.status === 'queued') return 'job.ended';
      return event.force && stopOf(before) !== null ? 'job.stop-forced' : 'job.stop-asked';
    case 'time-limit':
      return 'job.stop-asked';
    case 'extend':
      return 'job.stop-extended';
    case 'stop-stage':
      return 'job.stop-stage';
    case 'ended':
      return 'job.ended';
    case 'requeue':
      return 'job.requeued';
  }
}

/** What is recorded with it. */
export function dataOf(event: JobEvent, before: Job, after: Job): Readonly<Record<string, unknown>> {
  const common = { from: before.state.status, to: after.state.status };
  switch (event.type) {
    case 'claim':
      return { ...common, run: event.run, gpus: event.gpus };
    case 'cancel':
      return { ...common, by: event.by, force: event.force };
    case 'time-limit':
      return { ...common, by: 'core', intent: 'time-limit' };
    case 'stop-stage':
      return { ...common, stage: event.stage };
    case 'ended':
      return { ...common, outcome: event.outcome };
    case 'accepted':
      return event.identity.engine === 'slurm' ? { ...common, as: event.identity.slurmJobId } : common;
    case 'started':
    case 'extend':
    case 'requeue':
      return common;
  }
}
