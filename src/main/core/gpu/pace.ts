import type { Pace } from './timing.ts';

/** How closely the GPUs are watched: as closely as somebody looks, and no less than jobs need it. */
export function paceFor(looks: Pace, jobsNeedGpus: boolean): Pace {
  if (looks === 'watched') return 'watched';
  return jobsNeedGpus ? 'busy' : 'idle';
}
