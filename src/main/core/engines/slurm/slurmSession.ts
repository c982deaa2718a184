import type { Ms } from '../../domain/job.ts';
import { assertNever } from '../../../../shared/result.ts';
import type { SlurmFailure } from './failure.ts';
import { pollAfter, retryAfter } from './pollPace.ts';
import type { ClusterFacts, SlurmCommands } from './slurmCommands.ts';
import type { SlurmJob } from './slurmJob.ts';
import type { SlurmRun } from './slurmRun.ts';
import { lacksExit, numbersToStop, phaseOfRun, stopTargetOf, takeTasks } from './slurmRun.ts';
import { nextRequestAt, requestsDue } from './stopPlan.ts';
import type { CancelRequest } from './slurmCommands.ts';

/** What a session tells the engine, and asks it for. */
export interface SessionEvents {
  /** A run must be submitted now; resolves when Slurm has answered. */
  readonly submit: (run: SlurmRun) => Promise<SlurmFailure | null>;
  /** One answer of Slurm has been taken for the run. */
  readonly onSeen: (run: SlurmRun) => void;
  /** Slurm has taken a request to stop these runs. */
  readonly onSent: (runs: readonly SlurmRun[], how: CancelRequest['how']) => void;
  /** The run is not among Slurm's jobs, or has ended without a word on how: whatever else is known of it. */
  readonly onUnclear: (run: SlurmRun) => Promise<SlurmFailure | null>;
  /** Everything was asked that was to be asked: a time for logs. */
  readonly onRound: (runs: readonly SlurmRun[]) => Promise<SlurmFailure | null>;
  /** What is known of the cluster, or whether it answers, has changed. */
  readonly onCluster: () => void;
  readonly onBug: (error: unknown) => void;
}

/** How often the cluster is asked about itself: while somebody looks, and otherwise. */
const FACTS_WATCHED_MS = 15_000;
const FACTS_CALM_MS = 300_000;
/** An sbatch takes some 15 ms, much of it waiting. */
const SUBMITS_AT_ONCE = 4;
/** With more jobs than this JSON takes longer to make and to read than the table. */
const LARGE_QUEUE = 1_000;

/**
 * One Slurm and our runs on it. Asks in rounds: what the cluster is, how its jobs are, then submits and cancels what is due,
 * each kind in one command. While it does not answer nothing is concluded, and what was to be sent is kept.
 */
export class SlurmSession {
  readonly runs = new Map<string, SlurmRun>();
  readonly commands: SlurmCommands;
  /** How it is reached, for people. */
  readonly words: string;
  facts: ClusterFacts | null = null;
  factsAt: Ms | null = null;
  unreachable: { readonly since: Ms; readonly problem: string } | null = null;
  watched = false;

  readonly #events: SessionEvents;
  readonly #now: () => Ms;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Infinity;
  #round: Promise<void> | null = null;
  #wanted = false;
  #failures = 0;
  #changedAt = 0;
  #costMs = 0;
  /** So many jobs were listed last that the brief table is asked for. */
  #isLarge = false;
  #factsAreDue = false;
  #disposed = false;

  constructor(commands: SlurmCommands, words: string, now: () => Ms, events: SessionEvents) {
    this.commands = commands;
    this.words = words;
    this.#now = now;
    this.#events = events;
  }

  /** Something is to be done: a round begins in a later turn, so that many wishes of one turn go out together. */
  wake(): void {
    this.#changedAt = this.#now();
    if (this.#round !== null) this.#wanted = true;
    else this.#arm(0);
  }

  /** Something of ours began or ended: what the partitions are said to have is not so any more. */
  factsAreOld(): void {
    if (this.watched) this.#factsAreDue = true;
  }

  /** Asks now, and resolves when the answer has been taken. */
  async ask(): Promise<void> {
    await this.#round;
    this.#factsAreDue = true;
    await this.#startRound();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.commands[Symbol.dispose]();
  }

  #arm(afterMs: number): void {
    const at = this.#now() + afterMs;
    if (this.#disposed || (this.#timer !== null && this.#timerAt <= at)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#startRound();
    }, afterMs);
    this.#timer.unref();
  }

  #startRound(): Promise<void> {
    this.#round ??= this.#goRound()
      .catch((error: unknown) => {
        this.#events.onBug(error);
        this.#failures += 1;
      })
      .then(() => {
        this.#round = null;
        if (this.#disposed) return;
        if (this.#wanted) this.#arm(0);
        else this.#armNext();
        this.#wanted = false;
      });
    return this.#round;
  }

  async #goRound(): Promise<void> {
    this.#note(
      (await this.#askFacts()) ??
        (await this.#askJobs()) ??
        (await this.#submitAll()) ??
        (await this.#cancelAll()) ??
        (await this.#events.onRound([...this.runs.values()])),
    );
  }

  async #askFacts(): Promise<SlurmFailure | null> {
    const every = this.watched ? FACTS_WATCHED_MS : FACTS_CALM_MS;
    const isFresh = this.factsAt !== null && this.#now() - this.factsAt < every;
    if (isFresh && !this.#factsAreDue && this.unreachable === null) return null;
    if (this.runs.size === 0 && !this.watched && !this.#factsAreDue && this.factsAt !== null) return null;
    this.#factsAreDue = false;
    const facts = await this.commands.facts();
    if (!facts.ok) return facts.error;
    this.facts = facts.value;
    this.factsAt = this.#now();
    this.#events.onCluster();
    return null;
  }

  async #askJobs(): Promise<SlurmFailure | null> {
    const asked = [...this.runs.values()].filter((run) => run.asked !== 'no' && !run.ending && this.#isHere(run));
    if (asked.length === 0) return null;
    const began = performance.now();
    const list = await this.commands.jobs(new Set(asked.map(({ tag }) => tag)), this.#isLarge);
    this.#costMs = performance.now() - began;
    if (!list.ok) return list.error;
    this.#isLarge = list.value.listed > (this.#isLarge ? LARGE_QUEUE / 2 : LARGE_QUEUE);
    const byTag = new Map<string, SlurmJob[]>();
    for (const job of list.value.jobs) {
      const known = byTag.get(job.comment);
      if (known === undefined) byTag.set(job.comment, [job]);
      else known.push(job);
    }
    for (const run of asked) {
      takeTasks(run, byTag.get(run.tag) ?? []);
      if (run.missing > 0 || lacksExit(run)) {
        const failure = await this.#events.onUnclear(run);
        if (failure?.kind === 'unreachable') return failure;
      }
      this.#events.onSeen(run);
    }
    return null;
  }

  /** The host may speak to another cluster by now: of that nothing can be concluded for a run on the old one. */
  #isHere({ identity }: SlurmRun): boolean {
    return identity === null || this.facts === null || identity.cluster === this.facts.cluster;
  }

  async #submitAll(): Promise<SlurmFailure | null> {
    const open = [...this.runs.values()].filter((run) => run.asked === 'no' && run.stop === null && !run.ending);
    let failure: SlurmFailure | null = null;
    const workers = Array.from({ length: SUBMITS_AT_ONCE }, async () => {
      for (let run = open.shift(); run !== undefined && failure === null; run = open.shift()) {
        // It may have been cancelled while others went out.
        if (run.stop !== null || run.ending) continue;
        const problem = await this.#events.submit(run);
        if (problem?.kind === 'unreachable') failure = problem;
        this.#changedAt = this.#now();
      }
    });
    await Promise.all(workers);
    return failure;
  }

  async #cancelAll(): Promise<SlurmFailure | null> {
    const due = new Map<string, { readonly request: Omit<CancelRequest, 'ids'>; readonly runs: SlurmRun[] }>();
    for (const run of this.runs.values()) {
      const { stop, identity, ending, isOurs } = run;
      if (stop === null || identity === null || ending || !isOurs || !this.#isHere(run)) continue;
      for (const how of requestsDue(stop, stopTargetOf(run), this.#now())) {
        const signal = how === 'signal' || how === 'signal-all' ? run.order.spec.stopSignal.replace(/^SIG/, '') : '';
        const key = `${orderOf(how)} ${how} ${signal}`;
        const group = due.get(key) ?? { request: { how, signal }, runs: [] };
        group.runs.push(run);
        due.set(key, group);
      }
    }
    for (const [, { request, runs }] of [...due].sort(([a], [b]) => a.localeCompare(b))) {
      const ids = runs.flatMap(numbersToStop);
      const failure = await this.commands.cancel({ ...request, ids });
      if (failure !== null) return failure;
      const now = this.#now();
      for (const { stop } of runs) if (stop !== null) stop.sent[request.how] = now;
      this.#changedAt = now;
      this.#events.onSent(runs, request.how);
    }
    return null;
  }

  #note(failure: SlurmFailure | null): void {
    const before = this.unreachable;
    if (failure === null || failure.kind === 'refused') {
      this.#failures = 0;
      this.unreachable = null;
    } else {
      this.#failures += 1;
      this.unreachable = { since: before?.since ?? this.#now(), problem: failure.words };
    }
    if ((before === null) !== (this.unreachable === null) || before?.problem !== this.unreachable?.problem)
      this.#events.onCluster();
  }

  #armNext(): void {
    if (this.runs.size === 0 && !this.watched) return;
    if (this.#failures > 0) return this.#arm(retryAfter(this.#failures));
    if (this.runs.size === 0) return this.#arm(FACTS_WATCHED_MS);
    const now = this.#now();
    const runs = [...this.runs.values()];
    const urgent = runs.some(
      (run) => run.stop !== null || (run.asked !== 'yes' && run.waitsFor === null) || phaseOfRun(run) === 'completing',
    );
    const calm = pollAfter({
      watched: this.watched,
      urgent,
      sinceChangeMs: now - this.#changedAt,
      costMs: this.#costMs,
    });
    const deadlines = runs.flatMap(({ stop }) => (stop === null ? [] : [nextRequestAt(stop, now) ?? Infinity]));
    this.#arm(Math.max(0, Math.min(calm, ...deadlines.map((at) => at - now))));
  }
}

/** What waits is cancelled before what runs is told: else Slurm would start the next one in its place. */
function orderOf(how: CancelRequest['how']): number {
  switch (how) {
    case 'waiting':
      return 0;
    case 'signal':
      return 1;
    case 'signal-all':
      return 2;
    case 'end':
      return 3;
    default:
      return assertNever(how, 'cancel request');
  }
}
