import type { GpuView } from '../../../shared/gpu.ts';
import type { ReceiptMemory } from '../../../shared/job.ts';
import type { GpuUuid, Ms, RunId } from '../domain/job.ts';
import type { Release, ReleaseCheck } from '../engines/release.ts';
import type { ProcessName } from '../processes/processTable.ts';
import type { DeskTiming } from './deskTiming.ts';
import type { GpuMonitor } from './monitor.ts';
import type { RunNote } from './notes.ts';
import { DRIVER_SILENT } from './observe.ts';
import type { Looked, Observation, Observe } from './observe.ts';
import type { Quarantine } from './quarantine.ts';

/** What {@link createReleaseCheck} stands on. */
export interface ReleaseCheckParts {
  readonly monitor: Pick<GpuMonitor, 'snapshot' | 'sampleGpus'>;
  readonly observe: Observe;
  readonly noteOf: (run: RunId) => RunNote;
  /** Keeps the memory at the stop with the run: its end may be seen by the next start of the app only. */
  readonly noteAtStop: (run: RunId, atStop: RunNote['atStop']) => void;
  readonly quarantine: Quarantine;
  readonly timing: DeskTiming;
  readonly now: () => Ms;
  /** The driver's number of a GPU, for words. */
  readonly indexOf: (gpu: GpuUuid) => number | null;
  /** The app goes: what is not proven now is asked again after the next start. */
  readonly isClosed: () => boolean;
}

/**
 * Holds the end of a run until the driver says that its memory is off the GPUs it held, or quarantines them after a bound.
 * A run without GPUs has nothing to give back.
 */
export function createReleaseCheck(parts: ReleaseCheckParts): ReleaseCheck {
  const { monitor, observe, timing } = parts;

  /** The last sample, and a fresh one if it comes while the run is still there: the last one may be seconds old. */
  function noteStop(run: RunId, gpus: readonly GpuUuid[]): void {
    const used = (gpu: GpuUuid, views: readonly GpuView[]): number | null =>
      views.find(({ uuid }) => uuid === gpu)?.memoryUsedMiB ?? null;
    const last = new Map(gpus.map((gpu) => [gpu, used(gpu, monitor.snapshot().gpus)]));
    parts.noteAtStop(run, Object.fromEntries(last));
    void monitor.sampleGpus().then((fresh) => {
      if (fresh.kind === 'failure') return;
      // It may have let go of some already: what it held at the request is the larger one.
      const most = gpus.map((gpu) => [gpu, larger(last.get(gpu) ?? null, used(gpu, fresh.gpus))] as const);
      parts.noteAtStop(run, Object.fromEntries(most));
    });
  }

  async function untilBack(looked: Looked): Promise<readonly Observation[]> {
    const giveUpAt = performance.now() + timing.releaseBoundMs;
    let pause = timing.askEveryMs;
    let offSince: number | null = null;
    let seen = silence(looked.gpus);
    for (;;) {
      // The bound cuts a question off: then the last answer counts.
      seen = (await within(observe(looked), giveUpAt - performance.now())) ?? seen;
      const at = performance.now();
      // Nothing is reported any more: the next start asks again.
      if (parts.isClosed()) return new Promise(() => undefined);
      const off = seen.every(({ verdict }) => verdict.kind === 'back');
      offSince = off ? (offSince ?? at) : null;
      const settled = seen.every(({ verdict }) => verdict.kind === 'back' && verdict.settled);
      if (settled || (offSince !== null && at - offSince >= timing.settleMs) || at >= giveUpAt) return seen;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, Math.max(0, giveUpAt - at))));
      pause = Math.min(pause * 2, timing.askSlowestMs);
    }
  }

  function observationsOf(run: RunId, members: readonly ProcessName[], seen: readonly Observation[]): string[] {
    const proofs = new Set<string>();
    for (const { gpu, verdict } of seen) {
      if (verdict.kind === 'back') {
        proofs.add(verdict.proof);
        continue;
      }
      const note = parts.noteOf(run);
      parts.quarantine.add({ gpu, run, note, members: [...members], since: parts.now(), words: verdict.words });
      proofs.add(`GPU ${parts.indexOf(gpu) ?? gpu} is quarantined: ${verdict.words}`);
    }
    return [...proofs];
  }

  return {
    before(run, gpus) {
      if (gpus.length > 0 && Object.keys(parts.noteOf(run).atStop).length === 0) noteStop(run, gpus);
    },
    async released(run, gpus, members): Promise<Release> {
      if (gpus.length === 0) return { memory: [], observations: [] };
      // Kept as it is now: an answer that comes later was read when the processes were gone.
      const note = parts.noteOf(run);
      const gone = { run, jobId: note.jobId, members, wasListed: note.wasListed };
      const seen = await untilBack({ gone, gpus, before: (gpu) => note.before[gpu] ?? null });
      const memory = seen.map(({ gpu, usedMiB }): ReceiptMemory => ({
        gpu,
        beforeMiB: note.atStop[gpu] ?? null,
        afterMiB: usedMiB,
      }));
      return { memory, observations: observationsOf(run, members, seen) };
    },
  };
}

function silence(gpus: readonly GpuUuid[]): readonly Observation[] {
  return gpus.map((gpu) => ({ gpu, verdict: DRIVER_SILENT, usedMiB: null }));
}

/** What `work` resolves with, or null when it takes longer: a driver that hangs must not hold the end for ever. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, ms));
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}

function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
