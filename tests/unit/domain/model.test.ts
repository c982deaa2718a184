import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLive, isQueued, stopOf } from '../../../src/main/core/domain/job.ts';
import type { Job, RunId } from '../../../src/main/core/domain/job.ts';
import { schedule } from '../../../src/main/core/domain/schedule.ts';
import type { Track } from '../../../src/main/core/domain/schedule.ts';
import { transition } from '../../../src/main/core/domain/transition.ts';
import type { JobEvent } from '../../../src/main/core/domain/transition.ts';
import { isFinished, JOB_STATUSES, ORIGINS, STOP_STAGES } from '../../../src/shared/job.ts';
import type { Outcome } from '../../../src/shared/job.ts';
import { IDENTITY, spec, waiting } from './jobs.ts';

/** Which run a report names: the job's own, one it had before, or one that never was. */
const anyRun = fc.constantFrom('own', 'old', 'unknown');
const anyJob = fc.nat({ max: 5 });
const anyOutcome = fc.constantFrom<Outcome>(
  { kind: 'exited', code: 0, cause: null },
  { kind: 'exited', code: 1, cause: 'cuda-oom' },
  { kind: 'signalled', signal: 'SIGKILL', coreDumped: false, cause: null },
  { kind: 'start-error', stage: 'exec', code: 'ENOENT', message: 'No such file or directory' },
  { kind: 'never-started' },
  { kind: 'lost', why: 'no-record' },
);

const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('schedule' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('started' as const), job: anyJob, run: anyRun }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ended' as const), job: anyJob, run: anyRun, outcome: anyOutcome }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel' as const),
      job: anyJob,
      force: fc.boolean(),
      by: fc.constantFrom(...ORIGINS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim-again' as const), job: anyJob }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), job: anyJob }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stage' as const),
      job: anyJob,
      run: anyRun,
      stage: fc.constantFrom(...STOP_STAGES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), job: anyJob, run: anyRun }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('requeue' as const), job: anyJob }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mode' as const),
      mode: fc.constantFrom('run' as const, 'drain' as const, 'pause' as const),
    }),
  },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const anyWish = fc.record({
  gpus: fc.nat({ max: 3 }),
  gpuMemoryMiB: fc.option(fc.constantFrom(1_000, 6_000, 8_000, 12_000)),
  graceMs: fc.constantFrom(0, 1, 10_000),
});
const TOTALS_MIB: Readonly<Record<string, number>> = { 'GPU-A': 8_000, 'GPU-B': 16_000, 'GPU-C': 8_000 };
const TRACKS: readonly Track[] = Object.entries(TOTALS_MIB).map(([uuid, memoryTotalMiB], index) => ({
  uuid,
  index,
  memoryTotalMiB,
  undeclaredMiB: 0,
  foreign: null,
  quarantine: null,
}));
const CPU_SLOTS = 2;

/** A queue as its one writer keeps it, with every rule of the promises looked at after each step. */
class Yard {
  readonly jobs: Job[];
  readonly #oldRuns: RunId[][];
  #mode: 'run' | 'drain' | 'pause' = 'run';
  #now = 1_000;
  #ids = 0;

  constructor(
    wishes: readonly { readonly gpus: number; readonly gpuMemoryMiB: number | null; readonly graceMs: number }[],
  ) {
    this.jobs = wishes.map((wish, place) => ({
      id: place,
      spec: spec(wish),
      state: { status: 'queued', since: 0 },
      attempt: 0,
      priority: 0,
      position: place,
      submittedAt: 0,
      held: false,
      overtaken: 0,
      version: 1,
      verdict: null,
    }));
    this.#oldRuns = wishes.map(() => []);
  }

  take(step: Step): void {
    this.#now += 7;
    if (step.do === 'mode') this.#mode = step.mode;
    else if (step.do === 'schedule') this.#startWhatFits();
    else this.#apply(step.job % this.jobs.length, (job) => this.#eventOf(step, job));
    this.#expectNoGpuTwice();
  }

  #startWhatFits(): void {
    const { starts, blockers } = schedule({
      mode: this.#mode,
      waiting: this.jobs
        .filter(isQueued)
        .map((job) =>
          waiting(job.id, { gpus: job.spec.gpus, gpuMemoryMiB: job.spec.gpuMemoryMiB, overtaken: job.overtaken }),
        ),
      live: this.jobs
        .filter(isLive)
        .map((job) => ({ jobId: job.id, gpus: job.state.gpus, gpuMemoryMiB: job.spec.gpuMemoryMiB })),
      tracks: TRACKS,
      cpuSlots: CPU_SLOTS,
    });
    expect(starts.length + blockers.size).toBe(this.jobs.filter(isQueued).length);
    for (const { jobId, gpus, overtakes } of starts) {
      for (const passed of overtakes) this.#countOvertaken(passed);
      this.#apply(jobId, () => ({ type: 'claim', run: this.#newRun(jobId), gpus }));
      expect(this.jobs[jobId]?.state.status).toBe('pending');
    }
  }

  #countOvertaken(id: number): void {
    const job = this.jobs[id];
    if (job !== undefined) this.jobs[id] = { ...job, overtaken: job.overtaken + 1 };
  }

  #newRun(job: number): RunId {
    this.#ids += 1;
    return `${job}-${this.#ids}`;
  }

  #eventOf(step: Exclude<Step, { do: 'mode' | 'schedule' }>, job: Job): JobEvent {
    const run = 'run' in step ? this.#runOf(step.run, job) : '';
    switch (step.do) {
      case 'started':
        return { type: 'started', run, identity: IDENTITY, startedAt: this.#now };
      case 'ended':
        return { type: 'ended', run, outcome: step.outcome, startedAt: null, endedAt: this.#now };
      case 'cancel':
        return { type: 'cancel', by: step.by, force: step.force, freshRun: this.#newRun(job.id) };
      case 'stage':
        return { type: 'stop-stage', run, stage: step.stage };
      case 'limit':
        return { type: 'time-limit', run };
      case 'claim-again':
        // Only the scheduler claims queued jobs: of the others a claim must be refused.
        return isQueued(job) ? { type: 'extend' } : { type: 'claim', run: this.#newRun(job.id), gpus: ['GPU-A'] };
      case 'extend':
      case 'requeue':
        return { type: step.do };
    }
  }

  #runOf(which: string, job: Job): RunId {
    if (which === 'own' && job.state.status !== 'queued') return job.state.run;
    return (which === 'old' ? this.#oldRuns[job.id]?.at(-1) : undefined) ?? 'never-was';
  }

  #apply(id: number, eventFor: (job: Job) => JobEvent): void {
    const before = this.jobs[id];
    if (before === undefined) throw new Error('no such job');
    const event = eventFor(before);
    const frozen = structuredClone(before);
    const result = transition(before, event, this.#now);
    expect(before).toEqual(frozen);
    if (!result.ok) return;
    const { state, attempt, changed, effects } = result.value;
    const after: Job = { ...before, state, attempt };
    if (!changed) {
      expect(after).toEqual(before);
      expect(effects.every((effect) => effect.kind === 'force')).toBe(true);
      return;
    }
    this.#expectRules(before, event, after);
    if (isQueued(after) && before.state.status !== 'queued') this.#oldRuns[id]?.push(before.state.run);
    this.jobs[id] = after;
  }

  #expectRules(before: Job, event: JobEvent, after: Job): void {
    expect(JOB_STATUSES).toContain(after.state.status);
    if (isFinished(before.state.status)) expect(event.type).toBe('requeue');
    if (isFinished(before.state.status)) expect(after.state.status).toBe('queued');

    // One live run: a job gets another run's name only where it had none.
    const runs = [before, after].map((job) => (job.state.status === 'queued' ? null : job.state.run));
    if (runs[0] !== null && runs[1] !== null) expect(runs[1]).toBe(runs[0]);
    if (runs[0] === null) expect(this.#oldRuns[before.id]).not.toContain(runs[1]);
    expect(after.attempt - before.attempt).toBe(runs[0] === null && runs[1] !== null ? 1 : 0);
    if ('run' in event && event.type !== 'claim') expect(event.run).toBe(runs[0]);

    const stop = stopOf(after);
    const earlier = stopOf(before);
    if (after.state.status === 'cancelled') expect(stop).toMatchObject({ intent: 'cancel' });
    if (stop !== null) {
      expect(Number.isFinite(stop.deadlineAt)).toBe(true);
      expect(stop.deadlineAt).toBeGreaterThanOrEqual(stop.requestedAt);
    }
    if (earlier === null || isFinished(before.state.status)) return;
    // A stop that was asked for is never forgotten, and a cancel never looks as if someone else had asked.
    expect(stop).toMatchObject({ requestedAt: earlier.requestedAt });
    if (stop === null) return;
    if (earlier.intent === 'cancel') expect(stop).toMatchObject({ intent: 'cancel', by: earlier.by });
    else if (stop.intent === 'cancel') expect(event.type).toBe('cancel');
    const wasForced = event.type === 'cancel' && event.force;
    if (!wasForced) expect(stop.deadlineAt).toBeGreaterThanOrEqual(earlier.deadlineAt);
    if (earlier.forced) expect(stop).toMatchObject({ forced: true, deadlineAt: earlier.deadlineAt });
    if (earlier.stage !== 'stuck')
      expect(STOP_STAGES.indexOf(stop.stage)).toBeGreaterThanOrEqual(STOP_STAGES.indexOf(earlier.stage));
  }

  #expectNoGpuTwice(): void {
    const live = this.jobs.filter(isLive);
    expect(live.filter((job) => job.spec.gpus === 0).length).toBeLessThanOrEqual(CPU_SLOTS);
    for (const [uuid, total] of Object.entries(TOTALS_MIB)) {
      const holders = live.filter((job) => job.state.gpus.includes(uuid));
      if (holders.some((job) => job.spec.gpuMemoryMiB === null)) expect(holders).toHaveLength(1);
      else expect(holders.reduce((sum, job) => sum + (job.spec.gpuMemoryMiB ?? 0), 0)).toBeLessThanOrEqual(total);
    }
    for (const job of live) expect(new Set(job.state.gpus).size).toBe(job.spec.gpus);
  }
}

test('no order of claims, reports, cancels, extensions and requeues breaks a promise', () => {
  fc.assert(
    fc.property(
      fc.array(anyWish, { minLength: 1, maxLength: 6 }),
      fc.array(anyStep, { minLength: 1, maxLength: 80 }),
      (wishes, steps) => {
        const yard = new Yard(wishes);
        for (const step of steps) yard.take(step);
      },
    ),
    { numRuns: 1_500 },
  );
});

test('whatever has happened, a cancelled run that ends is cancelled and the queue goes on to its end', () => {
  fc.assert(
    fc.property(
      fc.array(anyWish, { minLength: 1, maxLength: 6 }),
      fc.array(anyStep, { maxLength: 40 }),
      (wishes, steps) => {
        const yard = new Yard(wishes);
        for (const step of steps) yard.take(step);
        yard.take({ do: 'mode', mode: 'run' });
        for (const _ of wishes) {
          yard.take({ do: 'schedule' });
          for (const job of yard.jobs.filter(isLive)) {
            yard.take({ do: 'cancel', job: job.id, force: false, by: 'window' });
            yard.take({ do: 'ended', job: job.id, run: 'own', outcome: { kind: 'exited', code: 0, cause: null } });
            expect(yard.jobs[job.id]?.state.status).toBe('cancelled');
          }
        }
        // What is left can never run here: it asks for more memory than three GPUs have.
        for (const job of yard.jobs.filter(isQueued)) {
          const large = Object.values(TOTALS_MIB).filter((total) => total >= (job.spec.gpuMemoryMiB ?? 0)).length;
          expect(large).toBeLessThan(job.spec.gpus);
        }
      },
    ),
    { numRuns: 500 },
  );
});
