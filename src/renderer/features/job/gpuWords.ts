import type { GpuCurve } from '../../../shared/gpuCurve.ts';
import { formatGiB, formatTimeOfDay } from '../../ui/format.ts';

/** How a GPU of a curve is called. */
export function gpuName({ index, uuid }: Pick<GpuCurve, 'index' | 'uuid'>): string {
  return index === null ? uuid : `GPU ${index}`;
}

/** What the memory plot shows, in one sentence. */
export function memoryWords(gpu: GpuCurve, jobId: number): string {
  const job = extremes(gpu.jobMiB);
  const used = extremes(gpu.usedMiB);
  const whole =
    used === null ? 'not told' : `${formatGiB(used.last)} GiB in use, at most ${formatGiB(used.highest)} GiB`;
  const own =
    job === null
      ? `what #${jobId} holds is not told`
      : `#${jobId} holds ${formatGiB(job.last)} GiB, at most ${formatGiB(job.highest)} GiB`;
  return `Memory of ${gpuName(gpu)}${spanWords(gpu.times)}: ${whole}; ${own}`;
}

/** What the utilisation plot shows, in one sentence. */
export function utilizationWords(gpu: GpuCurve): string {
  const found = extremes(gpu.utilizationPercent);
  return `Utilisation of ${gpuName(gpu)}${spanWords(gpu.times)}: ${
    found === null ? 'not told' : `${found.last} % last, lowest ${found.lowest} %, highest ${found.highest} %`
  }`;
}

function spanWords(times: readonly number[]): string {
  const [first] = times;
  const last = times.at(-1);
  return first === undefined || last === undefined ? '' : ` from ${formatTimeOfDay(first)} to ${formatTimeOfDay(last)}`;
}

function extremes(
  values: readonly (number | null)[],
): { readonly last: number; readonly lowest: number; readonly highest: number } | null {
  const told = values.filter((value) => value !== null);
  const last = told.at(-1);
  if (last === undefined) return null;
  return {
    last,
    lowest: told.reduce((a, b) => Math.min(a, b)),
    highest: told.reduce((a, b) => Math.max(a, b)),
  };
}
