import type { GpuSnapshot } from '../../../shared/gpu.ts';
import type { GpuCurves } from '../../../shared/gpuCurve.ts';
import type { RunCurve, Reading } from '../gpu/runCurve.ts';

/** A run's curve as clients get it: each GPU by itself, with what is known of it now. */
export function gpuCurvesOf(curve: RunCurve | null, { gpus }: GpuSnapshot): GpuCurves {
  if (curve === null) return { gpus: [], everyMs: 0 };
  const { samples, everyMs } = curve;
  return {
    everyMs,
    gpus: curve.gpus.map((uuid, place) => {
      const gpu = gpus.find((each) => each.uuid === uuid);
      const column = (figure: 0 | 1 | 2) => samples.map(({ readings }) => (readings[place] ?? UNTOLD)[figure]);
      return {
        uuid,
        index: gpu?.index ?? null,
        name: gpu?.name ?? null,
        memoryTotalMiB: gpu?.memoryTotalMiB ?? null,
        times: samples.map(({ at }) => at),
        usedMiB: column(0),
        jobMiB: column(1),
        utilizationPercent: column(2),
      };
    }),
  };
}

const UNTOLD: Reading = [null, null, null];
