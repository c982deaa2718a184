import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import type { JobSpec } from '../domain/job.ts';
import { previewOf, UNNUMBERED } from '../domain/preview.ts';
import type { Track } from '../domain/schedule.ts';
import type { WantedPlace } from './placing.ts';
import { afterOf, pictureOf } from './yard.ts';

/** What a preview looks at. */
export interface PreviewParts {
  readonly jobs: JobStore;
  readonly settings: SettingsStore;
  /** The GPUs that exist now; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
  /** Why nothing can be started elsewhere, or null. */
  readonly elsewhereClosed: () => string | null;
}

/** Says what would become of a job if it were added now, in sentences; changes nothing. */
export type Preview = (spec: JobSpec, place: WantedPlace) => readonly string[];

/** Asks the scheduler about the queue as it is, with one job more. */
export function createPreview({ jobs, settings, tracks, elsewhereClosed }: PreviewParts): Preview {
  return ({ gpus, gpuMemoryMiB, gpuUuids, minGpuMemoryMiB, after, target }, { priority, held, first }) => {
    const wish = { gpus, gpuMemoryMiB, gpuUuids, minGpuMemoryMiB, priority, held, overtaken: 0 };
    const elsewhere = target.kind !== 'local';
    const yard = pictureOf(jobs, {
      mode: settings.mode(),
      cpuSlots: settings.get().cpuSlots,
      tracks: tracks(),
      turns: jobs.turns(),
      elsewhereClosed: elsewhereClosed(),
    });
    const job = { ...wish, jobId: UNNUMBERED, after: afterOf(jobs, after, elsewhere), elsewhere };
    return previewOf(yard, job, first);
  };
}
