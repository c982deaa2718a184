import { describe, expect, test } from 'vitest';
import type { JobState } from '../../../src/main/core/domain/job.ts';
import { transition } from '../../../src/main/core/domain/transition.ts';
import type { Effect, JobEvent, Refusal } from '../../../src/main/core/domain/transition.ts';
import type { Outcome, StopStage } from '../../../src/shared/job.ts';
import { STOP_STAGES } from '../../../src/shared/job.ts';
import { finished, GRACE_MS, IDENTITY, jobIn, OLD_RUN, pending, QUEUED, RUN, running, stop } from './jobs.ts';

const NOW = 5_000;

const claim: JobEvent = { type: 'claim', run: '7-2-bbbb', gpus: ['GPU-B'] };
const limit: JobEvent = { type: 'time-limit', run: RUN };
const started: JobEvent = { type: 'started', run: RUN, identity: IDENTITY, startedAt: 1_700 };
const cancel: JobEvent = { type: 'cancel', by: 'cli', force: false, freshRun: '7-2-cccc' };
const force: JobEvent = { ...cancel, force: true };
const extend: JobEvent = { type: 'extend' };
const requeue: JobEvent = { type: 'requeue' };
const ended = (outcome: Outcome = { kind: 'exited', code: 0, cause: null }, run = RUN): JobEvent => ({
  type: 'ended',
  run,
  outcome,
  startedAt: null,
  endedAt: 4_900,
});
const stage = (to: StopStage, run = RUN): JobEvent => ({ type: 'stop-stage', run, stage: to });

/** What one pair of state and event gives: a refusal, nothing new, or a new state with effects. */
type Expected =
  | { readonly refusal: Refusal }
  | { readonly same: readonly Effect[] }
  | { readonly state: JobState; readonly effects: readonly Effect[]; readonly attempt?: number };

function refusal(value: Refusal): Expected {
  return { refusal: value };
}
function notHere(event: JobEvent['type'], status: JobState['status']): Expected {
  return refusal({ code: 'not-in-this-state', event, status });
}

/** Every event, and what it does to a job in each state. */
const STATES: Readonly<Record<string, JobState>> = {
  queued: QUEUED,
  pending: pending(),
  'pending, stopping': pending(stop()),
  running: running(),
  'running, stopping': running(stop()),
  completed: finished('completed'),
  failed: finished('failed'),
  cancelled: finished('cancelled'),
};

const askedNow = stop({ by: 'cli', requestedAt: NOW, deadlineAt: NOW + GRACE_MS });
const forcedNow = stop({ by: 'cli', requestedAt: NOW, deadlineAt: NOW, forced: true });
const asStop: Effect = { kind: 'stop', run: RUN, graceMs: GRACE_MS };
const asForce: Effect = { kind: 'force', run: RUN };
const asSchedule: Effect = { kind: 'schedule' };

function ending(status: 'completed' | 'cancelled', from: JobState, startedAt: number | null): Expected {
  if (!('stop' in from)) throw new Error('a live state');
  return {
    state: {
      status,
      run: RUN,
      gpus: ['GPU-A'],
      startedAt,
      endedAt: 4_900,
      outcome: { kind: 'exited', code: 0, cause: null },
      stop: from.stop,
    },
    effects: [asSchedule],
  };
}

const TABLE: readonly {
  readonly event: string;
  readonly on: JobEvent;
  readonly gives: Readonly<Record<keyof typeof STATES, Expected>>;
}[] = [
  {
    event: 'claim',
    on: claim,
    gives: {
      queued: {
        state: { status: 'pending', run: '7-2-bbbb', gpus: ['GPU-B'], claimedAt: NOW, stop: null },
        effects: [{ kind: 'start', run: '7-2-bbbb' }],
        attempt: 1,
      },
      pending: notHere('claim', 'pending'),
      'pending, stopping': notHere('claim', 'pending'),
      running: notHere('claim', 'running'),
      'running, stopping': notHere('claim', 'running'),
      completed: notHere('claim', 'completed'),
      failed: notHere('claim', 'failed'),
      cancelled: notHere('claim', 'cancelled'),
    },
  },
  {
    event: 'started',
    on: started,
    gives: {
      queued: notHere('started', 'queued'),
      pending: { state: running(), effects: [] },
      'pending, stopping': { state: running(stop()), effects: [] },
      running: notHere('started', 'running'),
      'running, stopping': notHere('started', 'running'),
      completed: notHere('started', 'completed'),
      failed: notHere('started', 'failed'),
      cancelled: notHere('started', 'cancelled'),
    },
  },
  {
    event: 'started, of an old run',
    on: { ...started, run: OLD_RUN },
    gives: {
      queued: notHere('started', 'queued'),
      pending: refusal({ code: 'other-run' }),
      'pending, stopping': refusal({ code: 'other-run' }),
      running: notHere('started', 'running'),
      'running, stopping': notHere('started', 'running'),
      completed: notHere('started', 'completed'),
      failed: notHere('started', 'failed'),
      cancelled: notHere('started', 'cancelled'),
    },
  },
  {
    event: 'cancel',
    on: cancel,
    gives: {
      queued: {
        state: {
          status: 'cancelled',
          run: '7-2-cccc',
          gpus: [],
          startedAt: null,
          endedAt: NOW,
          outcome: { kind: 'never-started' },
          stop: { intent: 'cancel', by: 'cli', requestedAt: NOW, deadlineAt: NOW, stage: 'verifying', forced: false },
        },
        effects: [asSchedule],
        attempt: 1,
      },
      pending: { state: pending(askedNow), effects: [asStop] },
      'pending, stopping': { same: [] },
      running: { state: running(askedNow), effects: [asStop] },
      'running, stopping': { same: [] },
      completed: refusal({ code: 'already-finished', status: 'completed' }),
      failed: refusal({ code: 'already-finished', status: 'failed' }),
      cancelled: refusal({ code: 'already-finished', status: 'cancelled' }),
    },
  },
  {
    event: 'cancel with force',
    on: force,
    gives: {
      queued: {
        state: {
          status: 'cancelled',
          run: '7-2-cccc',
          gpus: [],
          startedAt: null,
          endedAt: NOW,
          outcome: { kind: 'never-started' },
          stop: { intent: 'cancel', by: 'cli', requestedAt: NOW, deadlineAt: NOW, stage: 'verifying', forced: false },
        },
        effects: [asSchedule],
        attempt: 1,
      },
      pending: { state: pending(forcedNow), effects: [asStop, asForce] },
      'pending, stopping': { state: pending(stop({ forced: true, deadlineAt: NOW })), effects: [asForce] },
      running: { state: running(forcedNow), effects: [asStop, asForce] },
      'running, stopping': { state: running(stop({ forced: true, deadlineAt: NOW })), effects: [asForce] },
      completed: refusal({ code: 'already-finished', status: 'completed' }),
      failed: refusal({ code: 'already-finished', status: 'failed' }),
      cancelled: refusal({ code: 'already-finished', status: 'cancelled' }),
    },
  },
  {
    event: 'time-limit',
    on: limit,
    gives: {
      queued: notHere('time-limit', 'queued'),
      pending: notHere('time-limit', 'pending'),
      'pending, stopping': notHere('time-limit', 'pending'),
      running: {
        state: running(stop({ intent: 'time-limit', by: 'core', requestedAt: NOW, deadlineAt: NOW + GRACE_MS })),
        effects: [asStop],
      },
      'running, stopping': { same: [] },
      completed: notHere('time-limit', 'completed'),
      failed: notHere('time-limit', 'failed'),
      cancelled: notHere('time-limit', 'cancelled'),
    },
  },
  {
    event: 'time-limit, of an old run',
    on: { ...limit, run: OLD_RUN },
    gives: {
      queued: notHere('time-limit', 'queued'),
      pending: notHere('time-limit', 'pending'),
      'pending, stopping': notHere('time-limit', 'pending'),
      running: refusal({ code: 'other-run' }),
      'running, stopping': refusal({ code: 'other-run' }),
      completed: notHere('time-limit', 'completed'),
      failed: notHere('time-limit', 'failed'),
      cancelled: notHere('time-limit', 'cancelled'),
    },
  },
  {
    event: 'extend',
    on: extend,
    gives: {
      queued: notHere('extend', 'queued'),
      pending: refusal({ code: 'not-stopping' }),
      'pending, stopping': {
        state: pending(stop({ deadlineAt: 2_000 + 2 * GRACE_MS })),
        effects: [{ kind: 'extend', run: RUN, byMs: GRACE_MS }],
      },
      running: refusal({ code: 'not-stopping' }),
      'running, stopping': {
        state: running(stop({ deadlineAt: 2_000 + 2 * GRACE_MS })),
        effects: [{ kind: 'extend', run: RUN, byMs: GRACE_MS }],
      },
      completed: notHere('extend', 'completed'),
      failed: notHere('extend', 'failed'),
      cancelled: notHere('extend', 'cancelled'),
    },
  },
  {
    event: 'stop-stage',
    on: stage('terminating'),
    gives: {
      queued: notHere('stop-stage', 'queued'),
      pending: refusal({ code: 'not-stopping' }),
      'pending, stopping': { state: pending(stop({ stage: 'terminating' })), effects: [] },
      running: refusal({ code: 'not-stopping' }),
      'running, stopping': { state: running(stop({ stage: 'terminating' })), effects: [] },
      completed: notHere('stop-stage', 'completed'),
      failed: notHere('stop-stage', 'failed'),
      cancelled: notHere('stop-stage', 'cancelled'),
    },
  },
  {
    event: 'stop-stage, of an old run',
    on: stage('terminating', OLD_RUN),
    gives: {
      queued: notHere('stop-stage', 'queued'),
      pending: refusal({ code: 'other-run' }),
      'pending, stopping': refusal({ code: 'other-run' }),
      running: refusal({ code: 'other-run' }),
      'running, stopping': refusal({ code: 'other-run' }),
      completed: notHere('stop-stage', 'completed'),
      failed: notHere('stop-stage', 'failed'),
      cancelled: notHere('stop-stage', 'cancelled'),
    },
  },
  {
    event: 'ended',
    on: ended(),
    gives: {
      queued: notHere('ended', 'queued'),
      pending: ending('completed', pending(), null),
      'pending, stopping': ending('cancelled', pending(stop()), null),
      running: ending('completed', running(), 1_700),
      'running, stopping': ending('cancelled', running(stop()), 1_700),
      completed: notHere('ended', 'completed'),
      failed: notHere('ended', 'failed'),
      cancelled: notHere('ended', 'cancelled'),
    },
  },
  {
    event: 'ended, of an old run',
    on: ended(undefined, OLD_RUN),
    gives: {
      queued: notHere('ended', 'queued'),
      pending: refusal({ code: 'other-run' }),
      'pending, stopping': refusal({ code: 'other-run' }),
      running: refusal({ code: 'other-run' }),
      'running, stopping': refusal({ code: 'other-run' }),
      completed: notHere('ended', 'completed'),
      failed: notHere('ended', 'failed'),
      cancelled: notHere('ended', 'cancelled'),
    },
  },
  {
    event: 'requeue',
    on: requeue,
    gives: {
      queued: refusal({ code: 'not-finished', status: 'queued' }),
      pending: refusal({ code: 'not-finished', status: 'pending' }),
      'pending, stopping': refusal({ code: 'not-finished', status: 'pending' }),
      running: refusal({ code: 'not-finished', status: 'running' }),
      'running, stopping': refusal({ code: 'not-finished', status: 'running' }),
      completed: { state: { status: 'queued', since: NOW }, effects: [asSchedule] },
      failed: { state: { status: 'queued', since: NOW }, effects: [asSchedule] },
      cancelled: { state: { status: 'queued', since: NOW }, effects: [asSchedule] },
    },
  },
];

const ROWS = TABLE.flatMap(({ event, on, gives }) =>
  Object.entries(STATES).map(([name, state]) => ({ event, on, name, state, expected: gives[name] })),
);

describe('the transition table', () => {
  test.for(ROWS)('$name × $event', ({ on, state, expected }) => {
    const job = jobIn(state);
    const result = transition(job, on, NOW);
    if (expected === undefined) throw new Error('the table has a hole');
    if ('refusal' in expected) {
      expect(result).toEqual({ ok: false, error: expected.refusal });
    } else if ('same' in expected) {
      expect(result).toEqual({
        ok: true,
        value: { state, attempt: job.attempt, effects: expected.same, changed: false },
      });
    } else {
      const attempt = expected.attempt ?? job.attempt;
      expect(result).toEqual({
        ok: true,
        value: { state: expected.state, attempt, effects: expected.effects, changed: true },
      });
    }
  });
});

describe('how a run ends', () => {
  const OUTCOMES: readonly Outcome[] = [
    { kind: 'exited', code: 1, cause: null },
    { kind: 'exited', code: 143, cause: null },
    { kind: 'signalled', signal: 'SIGTERM', coreDumped: false, cause: null },
    { kind: 'start-error', stage: 'exec', code: 'ENOENT', message: 'No such file or directory' },
    { kind: 'never-started' },
    { kind: 'lost', why: 'reboot' },
  ];

  test.for(OUTCOMES)('%o without a request to stop is a failure, whatever the code resembles', (outcome) => {
    const result = transition(jobIn(running()), ended(outcome), NOW);
    expect(result.ok && result.value.state).toMatchObject({ status: 'failed', outcome, stop: null });
  });

  test.for(OUTCOMES)('%o after our request is cancelled: the request decides, not the exit code', (outcome) => {
    const result = transition(jobIn(running(stop({ stage: 'killing' }))), ended(outcome), NOW);
    expect(result.ok && result.value.state).toMatchObject({ status: 'cancelled', outcome, stop: { stage: 'killing' } });
  });

  test('the start the report names is kept when it came before “started” was seen', () => {
    const event = { ...ended(), startedAt: 1_650 } as JobEvent;
    const result = transition(jobIn(pending()), event, NOW);
    expect(result.ok && result.value.state).toMatchObject({ status: 'completed', startedAt: 1_650 });
  });

  test('the first terminal write wins: a second report of the same run changes nothing', () => {
    const job = jobIn(running());
    const first = transition(job, ended(), NOW);
    if (!first.ok) throw new Error('refused');
    const second = transition(
      { ...job, state: first.value.state },
      ended({ kind: 'exited', code: 9, cause: null }),
      NOW,
    );
    expect(second).toEqual({ ok: false, error: { code: 'not-in-this-state', event: 'ended', status: 'completed' } });
  });
});

describe('a time limit', () => {
  const timedOut = running(stop({ intent: 'time-limit', by: 'core' }));

  test('counts from the start of the run', () => {
    const job = jobIn(pending());
    const result = transition({ ...job, spec: { ...job.spec, timeLimitMs: 60_000 } }, started, NOW);
    expect(result.ok && result.value.effects).toEqual([{ kind: 'limit', run: RUN, at: 1_700 + 60_000 }]);
  });

  test('a run that was stopped by it has failed, whatever its exit code', () => {
    const result = transition(jobIn(timedOut), ended(), NOW);
    expect(result.ok && result.value.state).toMatchObject({ status: 'failed', stop: { intent: 'time-limit' } });
  });

  test('a cancel while it stops the run makes it a cancel, with the deadline it has', () => {
    expect(transition(jobIn(timedOut), cancel, NOW)).toEqual({
      ok: true,
      value: { state: running(stop({ intent: 'cancel', by: 'cli' })), attempt: 1, effects: [], changed: true },
    });
  });

  test('a forced cancel while it stops the run goes to the last rung now', () => {
    expect(transition(jobIn(timedOut), force, NOW)).toEqual({
      ok: true,
      value: {
        state: running(stop({ intent: 'cancel', by: 'cli', forced: true, deadlineAt: NOW })),
        attempt: 1,
        effects: [asForce],
        changed: true,
      },
    });
  });

  test('it may be given more time like any stop', () => {
    const result = transition(jobIn(timedOut), extend, NOW);
    expect(result.ok && result.value.state).toMatchObject({
      stop: { intent: 'time-limit', deadlineAt: 2_000 + 2 * GRACE_MS },
    });
  });
});

describe('a stop in progress', () => {
  /** Row: from; column: to. */
  const GOES_ON: Readonly<Record<StopStage, readonly StopStage[]>> = {
    asked: ['terminating', 'killing', 'verifying', 'stuck'],
    terminating: ['killing', 'verifying', 'stuck'],
    killing: ['verifying', 'stuck'],
    verifying: ['stuck'],
    stuck: ['killing', 'verifying'],
  };
  const pairs = STOP_STAGES.flatMap((from) => STOP_STAGES.map((to) => ({ from, to })));

  test.for(pairs)('from $from a report of $to goes on or changes nothing, never back', ({ from, to }) => {
    const result = transition(jobIn(running(stop({ stage: from }))), stage(to), NOW);
    const goesOn = GOES_ON[from].includes(to);
    expect(result.ok && { changed: result.value.changed, state: result.value.state }).toEqual({
      changed: goesOn,
      state: running(stop({ stage: goesOn ? to : from })),
    });
  });

  test('a second force sends SIGKILL again without a new deadline: a stuck process may be let go by now', () => {
    const state = running(stop({ stage: 'stuck', forced: true, deadlineAt: 3_000 }));
    expect(transition(jobIn(state), force, NOW)).toEqual({
      ok: true,
      value: { state, attempt: 1, effects: [asForce], changed: false },
    });
  });

  test('force after the deadline does not move it on', () => {
    const result = transition(jobIn(running(stop({ stage: 'killing', deadlineAt: 3_000 }))), force, NOW);
    expect(result.ok && result.value.state).toMatchObject({ stop: { deadlineAt: 3_000, forced: true } });
  });

  test.for(['killing', 'verifying', 'stuck'] as const)('no more time is given once it is %s', (at) => {
    const result = transition(jobIn(running(stop({ stage: at }))), extend, NOW);
    expect(result).toEqual({ ok: false, error: { code: 'killing-already' } });
  });

  test.for(['asked', 'terminating'] as const)(
    'no more time is given once it was forced, though the stage is still %s: SIGKILL is on its way',
    (at) => {
      const result = transition(jobIn(running(stop({ stage: at, forced: true, deadlineAt: 3_000 }))), extend, NOW);
      expect(result).toEqual({ ok: false, error: { code: 'killing-already' } });
    },
  );

  test('a grace of 0 has a deadline as well', () => {
    const job = jobIn(running());
    const result = transition({ ...job, spec: { ...job.spec, graceMs: 0 } }, cancel, NOW);
    expect(result.ok && result.value.state).toMatchObject({ stop: { requestedAt: NOW, deadlineAt: NOW } });
  });
});

test('an event nobody knows throws instead of passing for a change', () => {
  expect(() => transition(jobIn(QUEUED), { type: 'explode' } as unknown as JobEvent, NOW)).toThrow(
    'unexpected job event',
  );
});
