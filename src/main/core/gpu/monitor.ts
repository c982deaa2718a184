import type { GpuFailure, GpuProcess, GpuSnapshot, GpuView } from '../../../shared/gpu.ts';
import { GPU_SNAPSHOT_AT_START } from '../../../shared/gpu.ts';
import { createChildren } from './children.ts';
import { deferred } from './deferred.ts';
import type { Deferred } from './deferred.ts';
import { createLane, shareWaiting } from './lane.ts';
import { locateNvidiaSmi } from './locate.ts';
import { startLoop } from './loop.ts';
import type { Loop, LoopEnd } from './loop.ts';
import { adviceFor, parseFailure } from './nvidia-smi-parser/failure.ts';
import { parseGpuQuery } from './nvidia-smi-parser/gpuQuery.ts';
import type { FailureReason } from './nvidia-smi-parser/types.ts';
import { askComputeApps, askGpus, FULL_DIALECT, hungDriver, loopArguments } from './questions.ts';
import { withFailure, withGpus, withProcesses, withStaleness } from './snapshots.ts';
import { monitorTiming } from './timing.ts';
import type { MonitorTiming, Pace } from './timing.ts';
import { failureView, gpuViews, processViews } from './views.ts';

export type { Pace } from './timing.ts';

/** What {@link createGpuMonitor} needs; only `onSample` is required. */
export interface GpuMonitorOptions {
  /** Path of nvidia-smi from the settings; null or left out looks on PATH and in the usual places. */
  readonly command?: string | null;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Period of a watched monitor, milliseconds; the other paces are multiples of it. Default 1000. */
  readonly intervalMs?: number;
  /** Environment of nvidia-smi and the source of PATH. Default: the app's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Times other than the usual ones. */
  readonly timing?: Partial<MonitorTiming>;
  /** Called with every new snapshot, also when only its staleness or failure changed. */
  readonly onSample: (snapshot: GpuSnapshot) => void;
}

/** A fresh list of compute apps, or why there is none. `sampledAt` is when the query began. */
export type ComputeAppsAnswer =
  | {
      readonly kind: 'ok';
      readonly processes: readonly GpuProcess[];
      /** False when rows were unreadable or withheld their pid: then a pid that is not listed may still be there. */
      readonly complete: boolean;
      readonly sampledAt: number;
    }
  | { readonly kind: 'failure'; readonly failure: GpuFailure };

/** Fresh figures of all GPUs, or why there are none. `sampledAt` is when the query began. */
export type GpusAnswer =
  | { readonly kind: 'ok'; readonly gpus: readonly GpuView[]; readonly sampledAt: number }
  | { readonly kind: 'failure'; readonly failure: GpuFailure };

/** Watches the GPUs from creation until closed; no method throws or rejects. */
export interface GpuMonitor {
  /** The latest snapshot. */
  readonly snapshot: () => GpuSnapshot;
  readonly setPace: (pace: Pace) => void;
  /** Uses another nvidia-smi (settings changed) and looks again. */
  readonly setCommand: (command: string | null) => void;
  /** Looks for nvidia-smi and the driver now, whatever the back-off says; resolves with the snapshot of that look. */
  readonly lookAgain: () => Promise<GpuSnapshot>;
  /** Compute apps read after this call, for release checks; callers that wait at the same time share one query. */
  readonly computeApps: () => Promise<ComputeAppsAnswer>;
  /** GPU figures read after this call, for release checks; they become the snapshot's. */
  readonly sampleGpus: () => Promise<GpusAnswer>;
  /** Ends its nvidia-smi processes; resolves when they are reaped, or after 2 s when the kernel does not let one go. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** A loop that ends for these reasons is tried again before anybody is told: a single query tells more than it did. */
const LOOK_BEFORE_TELLING: readonly FailureReason[] = ['unknown', 'crashed', 'lost', 'handle-error'];

/** So many loops that never printed anything, and single queries are used instead of the loop. */
const SILENT_LOOPS_ALLOWED = 2;

/** Starts watching at once. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const now = options.now ?? Date.now;
  const env = options.env ?? process.env;
  const timing = monitorTiming(options.intervalMs ?? 1000, options.timing ?? {});
  const children = createChildren(env);
  const lane = createLane();

  let command = options.command ?? null;
  let pace: Pace = 'watched';
  let snapshot = GPU_SNAPSHOT_AT_START;
  let nvidiaSmi: string | null = null;
  let dialect = FULL_DIALECT;
  let gpuFailure: GpuFailure | null = null;
  let appsFailure: GpuFailure | null = null;
  let appsAskedAt = Number.NEGATIVE_INFINITY;
  let loop: Loop | null = null;
  let nextLook: NodeJS.Timeout | undefined;
  let restarts = 0;
  let silentLoops = 0;
  /** Counts looks: what an overtaken look finds out no longer counts. */
  let turn = 0;
  let closed = false;
  let waiting: Deferred<GpuSnapshot>[] = [];

  function publish(next: GpuSnapshot): void {
    if (closed) return;
    snapshot = next;
    options.onSample(next);
  }

  function lookIsDone(): void {
    const done = waiting;
    waiting = [];
    for (const waiter of done) waiter.resolve(snapshot);
  }

  function forgetLook(): void {
    clearTimeout(nextLook);
    nextLook = undefined;
  }

  function lookIn(ms: number): void {
    forgetLook();
    if (!closed) nextLook = setTimeout(() => void look(), ms);
  }

  function backOffMs(): number {
    const ms = timing.backOffMs[Math.min(restarts, timing.backOffMs.length - 1)];
    restarts += 1;
    return ms ?? timing.recheckMs;
  }

  function tellFailure(failure: GpuFailure): void {
    publish(withFailure(snapshot, failure, now()));
    lookIn(snapshot.state === 'absent' ? timing.recheckMs : backOffMs());
    lookIsDone();
  }

  function tellGpus(views: readonly GpuView[], at: number): void {
    publish(withGpus(snapshot, { gpus: views, at, failure: gpuFailure ?? appsFailure }));
    if (performance.now() - appsAskedAt >= timing.processesMs[pace] - 50) void queryApps();
  }

  async function locate(): Promise<GpuFailure | null> {
    const located = await locateNvidiaSmi({ command, env });
    nvidiaSmi = located.kind === 'found' ? located.path : null;
    if (located.kind === 'found') return null;
    return { reason: 'not-installed', message: located.message, advice: adviceFor('not-installed') };
  }

  async function look(): Promise<void> {
    turn += 1;
    const mine = turn;
    forgetLook();
    loop?.stop();
    loop = null;
    await children.free(timing.reapMs);
    if (mine !== turn) return;
    if (children.blocked()) return tellFailure(failureView(hungDriver()));
    const missing = await locate();
    if (mine !== turn) return;
    if (missing !== null || nvidiaSmi === null) return tellFailure(missing ?? failureView(parseFailure({})));
    const path = nvidiaSmi;
    const at = now();
    const knownBusIds = snapshot.gpus.flatMap((gpu) => gpu.pciBusId ?? []);
    const asking = { children, path, dialect: { ...dialect, only: null }, timeoutMs: timing.answerMs, knownBusIds };
    const answer = await lane.run(() => askGpus(asking));
    if (mine !== turn) return;
    if (answer.result.kind === 'failure') return tellFailure(failureView(answer.result));
    const { views, failure } = gpuViews(answer.result.gpus);
    if (views.length === 0 && failure !== null) return tellFailure(failure);
    dialect = { ...answer.dialect, appFields: dialect.appFields };
    gpuFailure = answer.partial === null ? failure : failureView(answer.partial);
    tellGpus(views, at);
    lookIsDone();
    if (mine === turn) watch(path, answer.result.gpus.length);
  }

  function watch(path: string, expectedRows: number): void {
    if (silentLoops >= SILENT_LOOPS_ALLOWED) return lookIn(Math.max(timing.sampleMs[pace], timing.sampleMs.busy));
    const periodMs = timing.sampleMs[pace];
    const args = loopArguments(dialect, periodMs);
    loop = startLoop({ children, path, args, periodMs, expectedRows, timing, onFrame, onLate, onEnd });
    // A GPU that was left out, or withholds its uuid, may come back.
    if (gpuFailure !== null) lookIn(timing.recheckMs);
  }

  function onFrame(lines: string): boolean {
    const result = parseGpuQuery(lines, { fields: dialect.gpuFields });
    const { views, failure } =
      result.kind === 'ok' ? gpuViews(result.gpus) : { views: [], failure: failureView(result) };
    if (views.length === 0 && failure !== null) {
      loop?.stop();
      loop = null;
      loopFailed(failure);
      return false;
    }
    if (dialect.only === null) gpuFailure = failure;
    if (failure !== null && nextLook === undefined) lookIn(timing.recheckMs);
    tellGpus(views, now());
    return true;
  }

  function onLate(): void {
    publish(withStaleness(snapshot, (snapshot.sampledAt ?? now()) + timing.sampleMs[pace]));
  }

  function onEnd({ outcome, frames, livedMs }: LoopEnd): void {
    loop = null;
    if (livedMs >= timing.healthyMs) restarts = 0;
    if (frames > 0) silentLoops = 0;
    else if (outcome.timedOut) silentLoops += 1;
    loopFailed(failureView(parseFailure(outcome)));
  }

  function loopFailed(failure: GpuFailure): void {
    if (LOOK_BEFORE_TELLING.includes(failure.reason)) lookIn(backOffMs());
    else tellFailure(failure);
  }

  async function restartLoop(): Promise<void> {
    const mine = turn;
    loop?.stop();
    loop = null;
    await children.free(timing.reapMs);
    if (mine !== turn || loop !== null || nvidiaSmi === null) return;
    if (children.blocked()) tellFailure(failureView(hungDriver()));
    else watch(nvidiaSmi, snapshot.gpus.length);
  }

  const queryApps = shareWaiting(lane, async (): Promise<ComputeAppsAnswer> => {
    appsAskedAt = performance.now();
    const missing = nvidiaSmi === null ? await locate() : null;
    if (missing !== null || nvidiaSmi === null)
      return { kind: 'failure', failure: missing ?? failureView(parseFailure({})) };
    const sampledAt = now();
    const answer = await askComputeApps({ children, path: nvidiaSmi, dialect, timeoutMs: timing.answerMs });
    dialect = { ...dialect, appFields: answer.dialect.appFields };
    appsAskedAt = performance.now();
    if (answer.result.kind === 'failure') {
      appsFailure = failureView(answer.result);
      publish(withProcesses(snapshot, null, gpuFailure ?? appsFailure));
      return { kind: 'failure', failure: appsFailure };
    }
    appsFailure = null;
    const processes = processViews(answer.result.processes);
    publish(withProcesses(snapshot, { processes, at: sampledAt }, gpuFailure));
    return { kind: 'ok', processes, complete: answer.result.complete, sampledAt };
  });

  const queryGpus = shareWaiting(lane, async (): Promise<GpusAnswer> => {
    const missing = nvidiaSmi === null ? await locate() : null;
    if (missing !== null || nvidiaSmi === null)
      return { kind: 'failure', failure: missing ?? failureView(parseFailure({})) };
    const sampledAt = now();
    const knownBusIds = snapshot.gpus.flatMap((gpu) => gpu.pciBusId ?? []);
    const { result } = await askGpus({ children, path: nvidiaSmi, dialect, timeoutMs: timing.answerMs, knownBusIds });
    if (result.kind === 'failure') return { kind: 'failure', failure: failureView(result) };
    const { views } = gpuViews(result.gpus);
    if (snapshot.state === 'ok') publish(withGpus(snapshot, { gpus: views, at: sampledAt, failure: snapshot.failure }));
    // It answers again: no need to wait for the back-off's end.
    else if (nextLook !== undefined) lookIn(0);
    return { kind: 'ok', gpus: views, sampledAt };
  });

  function lookAgain(): Promise<GpuSnapshot> {
    if (closed) return Promise.resolve(snapshot);
    restarts = 0;
    silentLoops = 0;
    dialect = FULL_DIALECT;
    const waiter = deferred<GpuSnapshot>();
    waiting.push(waiter);
    void look();
    return waiter.promise;
  }

  async function close(): Promise<void> {
    closed = true;
    turn += 1;
    forgetLook();
    loop?.stop();
    loop = null;
    lookIsDone();
    await children.close(timing.reapMs);
  }

  void look();
  return {
    snapshot: () => snapshot,
    setPace: (next) => {
      const from = timing.sampleMs[pace];
      const to = timing.sampleMs[next];
      pace = next;
      if (to !== from && loop !== null) void restartLoop();
      // Without a loop a look that is due at the slow pace would come too late.
      else if (to < from && silentLoops >= SILENT_LOOPS_ALLOWED && nextLook !== undefined) lookIn(0);
    },
    setCommand: (next) => {
      if (next === command) return;
      command = next;
      void lookAgain();
    },
    lookAgain,
    computeApps: queryApps,
    sampleGpus: queryGpus,
    close,
    [Symbol.asyncDispose]: close,
  };
}
