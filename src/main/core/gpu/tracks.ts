import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { Track } from '../domain/schedule.ts';
import { wordsForMiB } from '../domain/words.ts';

/** A foreign process below this is no reason to leave a GPU alone: desktops hold a little on every card (25 MiB for a compositor). */
const FOREIGN_THRESHOLD_MIB = 500;

/**
 * The GPUs as the scheduler sees them, or null while no driver has answered.
 * A failing driver's last word still counts: runs go on, and a GPU does not become free by falling silent.
 */
export function tracksOf(snapshot: GpuSnapshot, ownPids: () => ReadonlySet<number>): readonly Track[] | null {
  if (snapshot.state === 'starting' || snapshot.state === 'absent') return null;
  if (snapshot.gpus.length === 0) return null;
  const own = snapshot.processes.length > 0 ? ownPids() : new Set<number>();
  return snapshot.gpus.map((gpu, place) => {
    const foreign = snapshot.processes
      .filter((process) => process.gpuUuid === gpu.uuid && (process.pid === null || !own.has(process.pid)))
      .filter((process) => process.memoryUsedMiB !== null && process.memoryUsedMiB >= FOREIGN_THRESHOLD_MIB);
    return {
      uuid: gpu.uuid,
      index: gpu.index ?? place,
      memoryTotalMiB: gpu.memoryTotalMiB,
      undeclaredMiB: 0,
      foreign: foreign.length === 0 ? null : foreign.map(foreignWords).join(' and '),
      quarantine: null,
    };
  });

  function foreignWords(process: GpuSnapshot['processes'][number]): string {
    const name = process.name ?? 'a process';
    return `${name} (pid ${process.pid ?? 'unknown'}), not ours, ${wordsForMiB(process.memoryUsedMiB ?? 0)}`;
  }
}
