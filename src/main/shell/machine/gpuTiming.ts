import type { CoreOptions } from '../../core/createCore.ts';
import { unpackagedOnly } from './unpackaged.ts';

/** Other times around GPU memory than the usual ones: how long it may take to come back, where a test of a clone says so. */
export function gpuTiming(): NonNullable<CoreOptions['gpuTiming']> {
  const seconds = Number(unpackagedOnly('TRAINYARD_GPU_RELEASE_SECONDS') ?? Number.NaN);
  return Number.isFinite(seconds) ? { releaseBoundMs: seconds * 1_000 } : {};
}
