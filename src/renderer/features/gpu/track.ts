import type { GpuProcess, GpuView } from '../../../shared/gpu.ts';
import type { JobView } from '../../../shared/job.ts';
import { isLive, rowStateOf } from '../../state/jobState.ts';
import { formatGiB } from '../../ui/format.ts';

/** A part of a GPU's memory as the track shows it. */
export interface Segment {
  readonly key: string;
  readonly kind: 'job' | 'stopping' | 'locked' | 'held' | 'used' | 'foreign';
  /** Share of the GPU's memory, 0 to 1. */
  readonly share: number;
  readonly jobId: number | null;
  /** Names written on it where no single job's number is. */
  readonly label: string | null;
  readonly title: string;
}

/** A GPU's track: its segments, and the names written beside them. */
export interface Track {
  readonly segments: readonly Segment[];
  readonly beside: string | null;
  /** The live jobs that hold the GPU, by number. */
  readonly holders: readonly JobView[];
}

/** Below this an idle driver's own use is not drawn as somebody's memory. */
const IDLE_MIB = 600;

/**
 * What is known about who uses a GPU's memory. The driver's list names processes, not jobs: memory is drawn in a job's
 * colour only where one job alone holds the GPU; where several share it, the used part stays grey and names them beside.
 */
export function trackOf(gpu: GpuView, processes: readonly GpuProcess[], openJobs: Iterable<JobView>): Track {
  const holders = [...openJobs]
    .filter((job) => isLive(job) && job.heldGpus.includes(gpu.uuid))
    .sort((a, b) => a.id - b.id);
  const total = gpu.memoryTotalMiB;
  const used = gpu.memoryUsedMiB ?? 0;
  const [only] = holders;
  if (holders.length > 1) return sharedTrack(gpu, holders);
  if (only !== undefined) return { segments: heldSegments(only, used, total), beside: null, holders };
  return foreignTrack(
    gpu,
    processes.filter((process) => process.gpuUuid === gpu.uuid),
  );
}

function heldSegments(job: JobView, usedMiB: number, totalMiB: number | null): readonly Segment[] {
  const state = rowStateOf(job);
  const name = `#${job.id} ${job.name}`;
  const isUsing = totalMiB !== null && (usedMiB >= IDLE_MIB || state !== 'pending');
  const segments: Segment[] = [];
  if (isUsing) {
    const kind = state === 'cancelling' ? 'stopping' : state === 'stuck' ? 'locked' : 'job';
    const what = { stopping: ', cancelling', locked: ', will not exit', job: '' }[kind];
    segments.push({
      key: 'used',
      kind,
      share: shareOf(usedMiB, totalMiB),
      jobId: job.id,
      label: null,
      title: `${formatGiB(usedMiB)} GiB in use, GPU held by ${name}${what}`,
    });
  }
  const reserved = job.gpuMemoryMiB ?? totalMiB ?? 0;
  if (!isUsing)
    segments.push({
      key: 'held',
      kind: 'held',
      share: totalMiB === null ? 1 : shareOf(reserved, totalMiB),
      jobId: job.id,
      label: null,
      title: `${name}, reserved, not used yet`,
    });
  return segments;
}

function sharedTrack(gpu: GpuView, holders: readonly JobView[]): Track {
  const names = holders.map((job) => `#${job.id}`).join(', ');
  const used = gpu.memoryUsedMiB ?? 0;
  const isWide = shareOf(used, gpu.memoryTotalMiB) > 0.5;
  const segment: Segment = {
    key: 'used',
    kind: holders.some((job) => rowStateOf(job) === 'cancelling') ? 'stopping' : 'used',
    share: shareOf(used, gpu.memoryTotalMiB),
    jobId: null,
    label: isWide ? names : null,
    title: `${formatGiB(used)} GiB in use, shared by ${names}`,
  };
  return { segments: [segment], beside: isWide ? null : names, holders };
}

function foreignTrack(gpu: GpuView, processes: readonly GpuProcess[]): Track {
  const known = processes.filter((process) => process.memoryUsedMiB !== null);
  const segments: Segment[] = known.map((process, index) => ({
    key: `foreign-${process.pid ?? index}`,
    kind: 'foreign',
    share: shareOf(process.memoryUsedMiB ?? 0, gpu.memoryTotalMiB),
    jobId: null,
    label: null,
    title: `${processName(process)}, ${formatGiB(process.memoryUsedMiB ?? 0)} GiB: not ours`,
  }));
  const used = gpu.memoryUsedMiB ?? 0;
  if (segments.length === 0 && used >= IDLE_MIB) {
    segments.push({
      key: 'foreign',
      kind: 'foreign',
      share: shareOf(used, gpu.memoryTotalMiB),
      jobId: null,
      label: null,
      title: `${formatGiB(used)} GiB in use, not ours`,
    });
  }
  const names = [...new Set(processes.map(processName))].slice(0, 2).join(', ');
  return { segments, beside: names === '' ? null : names, holders: [] };
}

/** `python (4412)`, as much as the driver tells. */
export function processName({ name, pid }: GpuProcess): string {
  const program = name === null ? 'process' : (name.split(/[\\/]/).at(-1) ?? name);
  return pid === null ? program : `${program} (${pid})`;
}

/** Ticks under a track: one for each 8 GiB, fewer on very large GPUs. */
export function tickCount(memoryTotalMiB: number | null): number {
  if (memoryTotalMiB === null) return 1;
  const eighths = Math.round(memoryTotalMiB / 8_192);
  return Math.max(1, eighths > 24 ? Math.round(eighths / 4) : eighths);
}

function shareOf(mib: number, totalMiB: number | null): number {
  return totalMiB === null || totalMiB <= 0 ? 0 : Math.min(1, Math.max(0, mib / totalMiB));
}
