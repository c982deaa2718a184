import type { Origin, Outcome, StopStage } from '../../../shared/job.ts';
import { STOP_STAGES } from '../../../shared/job.ts';
import { assertNever, ok, refused } from '../../../shared/result.ts';
import type { Result } from '../../../shared/result.ts';
import { ownTimeLimitMs } from './timeLimit.ts';
import type { FinishedState, GpuUuid, Job, JobId, JobState, LiveState, Ms, RunId, RunIdentity, Stop } from './job.ts';

/** Everything that can happen to a job. Ids come in as arguments: the function is pure. */
export type JobEvent =
  /** The scheduler gives it resources. */
  | { readonly type: 'claim'; readonly run: RunId; readonly gpus: readonly GpuUuid[] }
  /** Another scheduler has taken the run; it waits there. */
  | { readonly type: 'accepted'; readonly run: RunId; readonly identity: RunIdentity }
  /** The runner has written who the run is. */
  | { readonly type: 'started'; readonly run: RunId; readonly identity: RunIdentity; readonly startedAt: Ms }
  /** A client wants it gone. `freshRun` names the record of a job that is cancelled before it had a run. */
  | { readonly type: 'cancel'; readonly by: Origin; readonly force: boolean; readonly freshRun: RunId }
  /** The run has had all the time it may take. */
  | { readonly type: 'time-limit'; readonly run: RunId }
  /** A client gives a stop its grace period once more. */
  | { readonly type: 'extend' }
  /** The engine reports how far a stop has come. */
  | { readonly type: 'stop-stage'; readonly run: RunId; readonly stage: StopStage }
  /** No process of the run is left and its resources are back. */
  | {
      readonly type: 'ended';
      readonly run: RunId;
      readonly outcome: Outcome;
      readonly startedAt: Ms | null;
      readonly endedAt: Ms;
    }
  /** A client wants a finished job in the queue again. */
  | { readonly type: 'requeue' };

/** What the world must be told after the transition is written. */
export type Effect =
  | { readonly kind: 'start'; readonly run: RunId }
  | { readonly kind: 'stop'; readonly run: RunId; readonly graceMs: number }
  | { readonly kind: 'force'; readonly run: RunId }
  | { readonly kind: 'extend'; readonly run: RunId; readonly byMs: number }
  /** Tell the queue when the run's time is up. */
  | { readonly kind: 'limit'; readonly run: RunId; readonly at: Ms }
  /** Resources or places in the queue have changed. */
  | { readonly kind: 'schedule' };

/** Why an event does not apply. A refusal is a value: the caller says it in words. */
export type Refusal =
  | { readonly code: 'already-finished'; readonly status: FinishedState['status'] }
  | { readonly code: 'not-finished'; readonly status: 'queued' | 'pending' | 'running' }
  | { readonly code: 'not-queued'; readonly status: Exclude<JobState['status'], 'queued'> }
  | { readonly code: 'no-such-place'; readonly before: JobId }
  | { readonly code: 'not-stopping' }
  | { readonly code: 'killing-already' }
  | { readonly code: 'other-run' }
  | { readonly code: 'not-in-this-state'; readonly event: JobEvent['type']; readonly status: JobState['status'] };

/** A change of a job: its next state and what to do about it. `changed` is false when the event asks for what is already so. */
export interface Transition {
  readonly state: JobState;
  readonly attempt: number;
  readonly effects: readonly Effect[];
  readonly changed: boolean;
}

/**
 * The state a job goes to when `event` happens at `now`, or the reason why it cannot.
 * The only place where a status is decided.
 */
export function transition(job: Job, event: JobEvent, now: Ms): Result<Transition, Refusal> {
  const { state } = job;
  switch (event.type) {
    case 'claim':
      if (state.status !== 'queued') return notInThisState(event, state);
      return changedTo(
        job,
        { status: 'pending', run: event.run, gpus: event.gpus, claimedAt: now, stop: null },
        [{ kind: 'start', run: event.run }],
        job.attempt + 1,
      );

    case 'accepted':
      if (state.status !== 'pending') return notInThisState(event, state);
      if (state.run !== event.run) return refused({ code: 'other-run' });
      // Who waits for it there can be sent after it now.
      return changedTo(job, { ...state, identity: event.identity }, [{ kind: 'schedule' }]);

    case 'started':
      if (state.status !== 'pending') return notInThisState(event, state);
      if (state.run !== event.run) return refused({ code: 'other-run' });
      return changedTo(
        job,
        { ...state, status: 'running', startedAt: event.startedAt, identity: event.identity },
        limitOf(job, state.run, event.startedAt),
      );

    case 'cancel':
      return cancel(job, event, now);

    case 'time-limit':
      if (state.status !== 'running') return notInThisState(event, state);
      if (state.run !== event.run) return refused({ code: 'other-run' });
      // A stop that is under way already ends the run for its own reason.
      if (state.stop !== null) return unchanged(job);
      return beginStop(job, state, { intent: 'time-limit', by: 'core', force: false }, now);

    case 'extend':
      if (state.status !== 'pending' && state.status !== 'running') return notInThisState(event, state);
      if (state.stop === null) return refused({ code: 'not-stopping' });
      // A forced stop is on its last rung, whatever has been reported of it so far.
      if (state.stop.forced || (state.stop.stage !== 'asked' && state.stop.stage !== 'terminating')) {
        return refused({ code: 'killing-already' });
      }
      return changedTo(
        job,
        { ...state, stop: { ...state.stop, deadlineAt: state.stop.deadlineAt + job.spec.graceMs } },
        [{ kind: 'extend', run: state.run, byMs: job.spec.graceMs }],
      );

    case 'stop-stage':
      if (state.status !== 'pending' && state.status !== 'running') return notInThisState(event, state);
      if (state.run !== event.run) return refused({ code: 'other-run' });
      if (state.stop === null) return refused({ code: 'not-stopping' });
      if (!stageFollows(state.stop.stage, event.stage)) return unchanged(job);
      return changedTo(job, { ...state, stop: { ...state.stop, stage: event.stage } }, []);

    case 'ended': {
      if (state.status !== 'pending' && state.status !== 'running') return notInThisState(event, state);
      if (state.run !== event.run) return refused({ code: 'other-run' });
      const startedAt = event.startedAt ?? (state.status === 'running' ? state.startedAt : null);
      const stop = stopThatCounts(job, state.stop, startedAt, event.endedAt);
      const finished: FinishedState = {
        status: finalStatus(event.outcome, stop),
        run: state.run,
        gpus: state.gpus,
        startedAt,
        endedAt: event.endedAt,
        outcome: event.outcome,
        stop,
      };
      return changedTo(job, finished, [{ kind: 'schedule' }]);
    }

    case 'requeue':
      if (state.status === 'queued' || state.status === 'pending' || state.status === 'running') {
        return refused({ code: 'not-finished', status: state.status });
      }
      return changedTo(job, { status: 'queued', since: now }, [{ kind: 'schedule' }]);

    default:
      return assertNever(event, 'job event');
  }
}

function cancel(job: Job, event: Extract<JobEvent, { type: 'cancel' }>, now: Ms): Result<Transition, Refusal> {
  const { state } = job;
  switch (state.status) {
    case 'queued': {
      const record: FinishedState = {
        status: 'cancelled',
        run: event.freshRun,
        gpus: [],
        startedAt: null,
        endedAt: now,
        outcome: { kind: 'never-started' },
        stop: { intent: 'cancel', by: event.by, requestedAt: now, deadlineAt: now, stage: 'verifying', forced: false },
      };
      return changedTo(job, record, [{ kind: 'schedule' }], job.attempt + 1);
    }
    case 'pending':
    case 'running':
      return cancelLive(job, state, event, now);
    case 'completed':
    case 'failed':
    case 'cancelled':
      return refused({ code: 'already-finished', status: state.status });
    default:
      return assertNever(state, 'job state');
  }
}

/** The first cancel begins the stop, a later one with `force` moves it to the last rung, any other is the same cancel. */
function cancelLive(
  job: Job,
  state: LiveState,
  event: Extract<JobEvent, { type: 'cancel' }>,
  now: Ms,
): Result<Transition, Refusal> {
  if (state.stop === null) return beginStop(job, state, { intent: 'cancel', by: event.by, force: event.force }, now);
  // Somebody does not want what was being stopped for another reason: from now on it is a cancel.
  if (state.stop.intent !== 'cancel') {
    const stop: Stop = { ...state.stop, intent: 'cancel', by: event.by };
    return event.force ? forceStop(job, { ...state, stop }, stop, now) : changedTo(job, { ...state, stop }, []);
  }
  if (!event.force) return unchanged(job);
  return forceStop(job, state, state.stop, now);
}

function beginStop(
  job: Job,
  state: LiveState,
  request: { readonly intent: Stop['intent']; readonly by: Origin; readonly force: boolean },
  now: Ms,
): Result<Transition, Refusal> {
  const { intent, by, force } = request;
  const deadlineAt = now + (force ? 0 : job.spec.graceMs);
  const stop: Stop = { intent, by, requestedAt: now, deadlineAt, stage: 'asked', forced: force };
  const effects: Effect[] = [{ kind: 'stop', run: state.run, graceMs: job.spec.graceMs }];
  if (force) effects.push({ kind: 'force', run: state.run });
  return changedTo(job, { ...state, stop }, effects);
}

/** A second force on a stuck run sends SIGKILL again and changes nothing else: the kernel may let go now. */
function forceStop(job: Job, state: LiveState, stop: Stop, now: Ms): Result<Transition, Refusal> {
  const effects: readonly Effect[] = [{ kind: 'force', run: state.run }];
  if (stop.forced) return ok({ state, attempt: job.attempt, effects, changed: false });
  return changedTo(
    job,
    { ...state, stop: { ...stop, forced: true, deadlineAt: Math.min(now, stop.deadlineAt) } },
    effects,
  );
}

function limitOf(job: Job, run: RunId, startedAt: Ms): readonly Effect[] {
  const timeLimitMs = ownTimeLimitMs(job.spec);
  return timeLimitMs === null ? [] : [{ kind: 'limit', run, at: startedAt + timeLimitMs }];
}

/** A run that had ended in time is not stopped by a limit that was only looked at later (the app was closed). */
function stopThatCounts({ spec }: Job, stop: Stop | null, startedAt: Ms | null, endedAt: Ms): Stop | null {
  if (stop?.intent !== 'time-limit' || spec.timeLimitMs === null || startedAt === null) return stop;
  return endedAt < startedAt + spec.timeLimitMs ? null : stop;
}

/** “Cancelled” comes from our own record of the request, never from an exit code (torchrun exits 1 after a perfect checkpoint). */
function finalStatus(outcome: Outcome, stop: Stop | null): FinishedState['status'] {
  if (stop?.intent === 'cancel') return 'cancelled';
  if (stop?.intent === 'time-limit') return 'failed';
  // Stopped from outside (logout, shutdown): exit code 0 then means “saved”, not “done”.
  return outcome.kind === 'exited' && outcome.code === 0 && outcome.cause !== 'system-stop' ? 'completed' : 'failed';
}

/** Stages only go on, but for `stuck`, which is left again when the kernel lets go. */
function stageFollows(from: StopStage, to: StopStage): boolean {
  if (from === to) return false;
  if (from === 'stuck') return to === 'killing' || to === 'verifying';
  return STOP_STAGES.indexOf(to) > STOP_STAGES.indexOf(from);
}

function changedTo(
  job: Job,
  state: JobState,
  effects: readonly Effect[],
  attempt = job.attempt,
): Result<Transition, Refusal> {
  return ok({ state, attempt, effects, changed: true });
}

function unchanged(job: Job): Result<Transition, Refusal> {
  return ok({ state: job.state, attempt: job.attempt, effects: [], changed: false });
}

function notInThisState(event: JobEvent, state: JobState): Result<Transition, Refusal> {
  return refused({ code: 'not-in-this-state', event: event.type, status: state.status });
}
