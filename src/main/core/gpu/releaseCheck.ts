import type { ReceiptMemory } from '../../../shared/job.ts';
import type { GpuUuid, RunId } from '../domain/job.ts';
import type { Release, ReleaseCheck } from '../engines/local/localEngine.ts';
import type { GpuMonitor } from './monitor.ts';

/** Between two questions to the driver while it still lists a process that is gone. */
const ASK_EVERY_MS = 250;
/** After this the driver is taken to be wrong about a process that the kernel no longer has. */
const GIVE_UP_MS = 30_000;

/** Asks the driver whether a run's processes are off the GPUs it held. A run without GPUs has nothing to give back. */
export function createReleaseCheck(monitor: GpuMonitor, now: () => number): ReleaseCheck {
  const before = new Map<RunId, ReadonlyMap<GpuUuid, number | null>>();

  function usedNow(gpus: readonly GpuUuid[]): ReadonlyMap<GpuUuid, number | null> {
    const snapshot = monitor.snapshot();
    return new Map(gpus.map((uuid) => [uuid, snapshot.gpus.find((gpu) => gpu.uuid === uuid)?.memoryUsedMiB ?? null]));
  }

  async function holders(gpus: readonly GpuUuid[], members: ReadonlySet<number>): Promise<number | null> {
    const answer = await monitor.computeApps();
    // With withheld pids an empty list proves nothing.
    if (answer.kind === 'failure' || !answer.complete) return null;
    return answer.processes.filter(({ pid, gpuUuid }) => pid !== null && members.has(pid) && gpus.includes(gpuUuid))
      .length;
  }

  return {
    before(run, gpus) {
      if (gpus.length > 0 && !before.has(run)) before.set(run, usedNow(gpus));
    },
    async released(run, gpus, memberPids): Promise<Release> {
      if (gpus.length === 0) return { memory: [], observations: [] };
      const members = new Set(memberPids);
      const giveUpAt = now() + GIVE_UP_MS;
      let left = await holders(gpus, members);
      while (left !== null && left > 0 && now() < giveUpAt) {
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
        left = await holders(gpus, members);
      }
      const fresh = await monitor.sampleGpus();
      const noted = before.get(run);
      before.delete(run);
      const memory = gpus.map((gpu): ReceiptMemory => ({
        gpu,
        beforeMiB: noted?.get(gpu) ?? null,
        afterMiB: fresh.kind === 'ok' ? (fresh.gpus.find(({ uuid }) => uuid === gpu)?.memoryUsedMiB ?? null) : null,
      }));
      return { memory, observations: [observation(left)] };
    },
  };
}

function observation(left: number | null): string {
  if (left === null)
    return 'nvidia-smi did not name the processes on the GPUs: their memory was not checked by process';
  if (left > 0) return `nvidia-smi still lists ${left} process(es) of this run that the kernel no longer has`;
  return 'nvidia-smi: no process of this run on its GPUs';
}
