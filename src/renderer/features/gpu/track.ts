import type { GpuProcess, GpuView } from '../../../shared/gpu.ts';
import type { JobView } from '../../../shared/job.ts';
import { isLive, rowStateOf } from '../../state/jobState.ts';
import { formatGiB } from '../../ui/format.ts';

/** A part of a GPU's memory as the track shows it. */
export interface Segment {
  readonly key: string;
  readonly kind: 'job' | 'stopping' | 'locked' | 'held' | 'used' | 'leaked' | 'foreign';
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

/** Why a GPU is given to no job, and the job to look at, where one is the cause. */
export interface GpuProblem {
  readonly words: string;
  readonly jobId: number | null;
}

/** What is wrong with a GPU: a stuck run holds it, or the core says why it is kept out of use. */
export function problemOf(gpu: GpuView, track: Track): GpuProblem | null {
  const stuck = track.holders.find((job) => rowStateOf(job) === 'stuck');
  if (stuck !== undefined) return { words: `#${stuck.id} ${stuck.sentence}`, jobId: stuck.id };
  if (gpu.quarantine === null) return null;
  const leaked = track.segments.find((segment) => segment.kind === 'leaked');
  return { words: gpu.quarantine, jobId: leaked?.jobId ?? null };
}

/**
 * What is known about who uses a GPU's memory. Where the core names the job of a process, each job has its segment. Where
 * the driver names no process of ours, memory is drawn in a job's colour only if one job alone holds the GPU; where several
 * share it, the used part stays grey and names them beside.
 */
export function trackOf(gpu: GpuView, processes: readonly GpuProcess[], openJobs: Iterable<JobView>): Track {
  const open = [...openJobs];
  const holders = open.filter((job) => isLive(job) && job.heldGpus.includes(gpu.uuid)).sort((a, b) => a.id - b.id);
  const here = processes.filter((process) => process.gpuUuid === gpu.uuid);
  if (here.some(({ jobId, memoryUsedMiB }) => jobId !== null && memoryUsedMiB !== null))
    return attributedTrack(gpu, here, holders, open);
  const total = gpu.memoryTotalMiB;
  const used = gpu.memoryUsedMiB ?? 0;
  const [only] = holders;
  if (holders.length > 1) return sharedTrack(gpu, holders);
  if (only !== undefined) return { segments: heldSegments(only, used, total), beside: null, holders };
  return foreignTrack(gpu, here);
}

function attributedTrack(
  gpu: GpuView,
  here: readonly GpuProcess[],
  holders: readonly JobView[],
  open: readonly JobView[],
): Track {
  const total = gpu.memoryTotalMiB;
  // A run may use a GPU that was not given to it: that is shown, too.
  const uninvited = open.filter(
    (job) => !holders.includes(job) && here.some(({ jobId, leaked }) => jobId === job.id && !leaked),
  );
  const jobs = [...holders, ...uninvited];
  const ours = jobs.map((job) => {
    const used = sumMiB(here.filter(({ jobId, leaked }) => jobId === job.id && !leaked));
    return used === 0 ? heldSegment(job, total) : jobSegment(job, used, total);
  });
  const leaked = here.filter((process) => process.leaked || isOfNobody(process, jobs));
  const others = here.filter((process) => process.jobId === null && !process.leaked);
  const foreign = foreignTrack({ ...gpu, memoryUsedMiB: null }, others);
  const segments = [
    ...ours,
    ...leaked.map((process, index) => leakedSegment(process, index, total)),
    ...foreign.segments,
  ];
  return { segments, beside: foreign.beside, holders };
}

function isOfNobody({ jobId }: GpuProcess, jobs: readonly JobView[]): boolean {
  return jobId !== null && jobs.every(({ id }) => id !== jobId);
}

function leakedSegment(process: GpuProcess, index: number, totalMiB: number | null): Segment {
  const words = process.words ?? 'still taken, and its run is over';
  return {
    key: `leaked-${process.pid ?? index}`,
    kind: 'leaked',
    share: shareOf(process.memoryUsedMiB ?? 0, totalMiB),
    jobId: process.jobId,
    label: null,
    title: `${formatGiB(process.memoryUsedMiB ?? 0)} GiB of ${process.jobId === null ? processName(process) : `#${process.jobId}`}: ${words}`,
  };
}

function sumMiB(processes: readonly GpuProcess[]): number {
  return processes.reduce((sum, { memoryUsedMiB }) => sum + (memoryUsedMiB ?? 0), 0);
}

function heldSegments(job: JobView, usedMiB: number, totalMiB: number | null): readonly Segment[] {
  const isUsing = totalMiB !== null && (usedMiB >= IDLE_MIB || rowStateOf(job) !== 'pending');
  return [isUsing ? jobSegment(job, usedMiB, totalMiB) : heldSegment(job, totalMiB)];
}

function jobSegment(job: JobView, usedMiB: number, totalMiB: number | null): Segment {
  const state = rowStateOf(job);
  const kind = state === 'cancelling' ? 'stopping' : state === 'stuck' ? 'locked' : 'job';
  const what = { stopping: ', cancelling', locked: ', will not exit', job: '' }[kind];
  return {
    key: `job-${job.id}`,
    kind,
    share: shareOf(usedMiB, totalMiB),
    jobId: job.id,
    label: null,
    title: `#${job.id} ${job.name}, ${formatGiB(usedMiB)} GiB${what}`,
  };
}

function heldSegment(job: JobView, totalMiB: number | null): Segment {
  const reserved = job.gpuMemoryMiB ?? totalMiB ?? 0;
  return {
    key: `held-${job.id}`,
    kind: 'held',
    share: totalMiB === null ? 1 : shareOf(reserved, totalMiB),
    jobId: job.id,
    label: null,
    title: `#${job.id} ${job.name}, reserved, not used yet`,
  };
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
