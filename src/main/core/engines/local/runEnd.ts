import type { Outcome, OutcomeCause, RunnerKind, StopStage } from '../../../../shared/job.ts';
import type { Ms } from '../../domain/job.ts';
import { outcomeOf } from '../../domain/outcome.ts';
import type { MemberRecord } from '../../domain/receiptMembers.ts';
import type { ExitRecord, JournalEntry } from '../../domain/runnerRecords.ts';
import { causeOf, kernelMemoryKills } from '../../logs/causes.ts';
import { readLog } from '../../logs/readLog.ts';
import type { RunOrder } from '../engine.ts';
import type { Release, ReleaseCheck } from '../release.ts';
import type { LiveRun } from './liveRun.ts';
import { stageOf } from './runFollower.ts';
import { membersWithScope, proveScopeEmpty } from './scopeEnd.ts';
import { sweep } from './sweep.ts';

/** How much of a log's end is searched for the cause of a bad end. */
const CAUSE_TAIL_BYTES = 16 * 1024;

/** What the end of a run stands on. */
export interface RunEndParts {
  readonly now: () => Ms;
  readonly release: ReleaseCheck;
  readonly onStage: (order: RunOrder, stage: StopStage) => void;
  /** The run's log is whole now: a last look at it, before its end is reported. */
  readonly onLogWhole: (order: RunOrder, log: string) => Promise<void>;
  readonly onBug: (error: unknown) => void;
}

/** How a run ended, with everything that was observed of it. */
export interface RunEnding {
  readonly outcome: Outcome;
  readonly startedAt: Ms | null;
  readonly endedAt: Ms;
  readonly runner: RunnerKind | null;
  readonly journal: readonly JournalEntry[];
  readonly membersGone: number;
  /** What the app saw of them. */
  readonly members: readonly MemberRecord[];
  readonly mainPid: number | null;
  readonly release: Release;
}

/** The runner has said that nothing is left: resolves when the other witnesses agree. */
export async function endByRecord(live: LiveRun, exit: ExitRecord, parts: RunEndParts): Promise<RunEnding> {
  const { order, follower, paths } = live;
  // Neither may keep a run from ending: a log that cannot be read says nothing, and that is all.
  await parts.onLogWhole(order, paths.log).catch(parts.onBug);
  const cause = await findCause(live, exit).catch((error: unknown) => {
    parts.onBug(error);
    return null;
  });
  return {
    outcome: outcomeOf(exit, cause),
    startedAt: exit.started_at,
    endedAt: exit.ended_at,
    runner: follower.identity?.runner ?? null,
    journal: follower.journal,
    membersGone: exit.members_seen,
    members: follower.records,
    mainPid: follower.identity?.mainPid ?? null,
    release: await releaseOf(live, parts),
  };
}

/** The runner was killed: what it looked after may still be there and is ended by the same ladder; the exit code is lost. */
export async function endBySweep(live: LiveRun, parts: RunEndParts): Promise<RunEnding> {
  const { order, follower, scope } = live;
  const { identity } = follower;
  const main = identity === null ? null : { pid: identity.mainPid, start: identity.mainStart };
  const graceEndsAt = parts.now() + order.spec.graceMs;
  const journal: JournalEntry[] = [];
  const { membersGone } = await sweep({
    run: order.run,
    main,
    remembered: follower.members,
    members: membersWithScope(order.run, main, follower.members, scope),
    onKill: () => scope?.kill(),
    signal: order.spec.stopSignal,
    deadlineAt: () => live.deadlineAt ?? graceEndsAt,
    now: parts.now,
    forced: () => live.forced,
    onEntry: (entry) => {
      journal.push(entry);
      const stage = stageOf(entry);
      if (stage !== null) parts.onStage(order, stage);
    },
  });
  return {
    outcome: { kind: 'lost', why: 'no-record' },
    startedAt: follower.startedAt,
    endedAt: parts.now(),
    runner: null,
    journal: [...follower.journal, ...journal],
    membersGone,
    members: follower.records,
    mainPid: identity?.mainPid ?? null,
    release: await releaseOf(live, parts),
  };
}

/** What other witnesses than the runner say when the run is over; what they still see is ended first. */
async function releaseOf(live: LiveRun, parts: RunEndParts): Promise<Release> {
  const { order, follower, container, scope } = live;
  const { identity } = follower;
  const ofContainer = (await container?.ended()) ?? [];
  const others = order.gpus.length > 0 || container !== null || scope !== null;
  // The runner has proved the rest; a stage that is over at once tells nobody anything.
  if (others) parts.onStage(order, 'verifying');
  const runner = identity === null ? null : { pid: identity.runnerPid, start: identity.runnerStart };
  const end = { run: order.run, runner, signal: order.spec.stopSignal, now: parts.now, forced: () => live.forced };
  const ofScope = scope === null ? [] : await proveScopeEmpty(scope, end);
  const main = identity === null ? [] : [{ pid: identity.mainPid, start: identity.mainStart }];
  const release = await parts.release.released(order.run, order.gpus, [...main, ...follower.members]);
  return { ...release, observations: [...ofContainer, ...ofScope, ...release.observations] };
}

async function findCause(live: LiveRun, exit: ExitRecord): Promise<OutcomeCause | null> {
  if (exit.start_error !== null || exit.never_started) return null;
  const stoppedByOthers = exit.stopped && live.deadlineAt === null;
  if (exit.code === 0 && !stoppedByOthers) return null;
  const { text } = await readLog(live.paths.log, -CAUSE_TAIL_BYTES, CAUSE_TAIL_BYTES, true);
  const kernelKills = { before: live.memoryKillsBefore, after: kernelMemoryKills() };
  return causeOf({
    signal: exit.signal,
    killedByUs: exit.kill_rounds > 0,
    stoppedByOthers,
    kernelKills,
    logTail: text,
  });
}
