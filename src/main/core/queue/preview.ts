import type { JobStore } from '../db/jobStore.ts';
import type { SettingsStore } from '../db/settingsStore.ts';
import { isLive } from '../domain/job.ts';
import type { JobSpec } from '../domain/job.ts';
import { previewOf, UNNUMBERED } from '../domain/preview.ts';
import type { Track } from '../domain/schedule.ts';

/** What a preview looks at. */
export interface PreviewParts {
  readonly jobs: JobStore;
  readonly settings: SettingsStore;
  /** The GPUs that exist now; null while no driver has answered. */
  readonly tracks: () => readonly Track[] | null;
}

/** Where in the queue a submission wants to go. */
export interface WantedPlace {
  readonly priority: number;
  readonly held: boolean;
  readonly first: boolean;
}

/** Says what would become of a job if it were added now, in sentences; changes nothing. */
export type Preview = (spec: JobSpec, place: WantedPlace) => readonly string[];

/** Asks the scheduler about the queue as it is, with one job more. */
export function createPreview({ jobs, settings, tracks }: PreviewParts): Preview {
  const afterOf = (ids: readonly number[]) => ids.map((jobId) => ({ jobId, status: jobs.statusOf(jobId) }));
  return ({ gpus, gpuMemoryMiB, gpuUuids, minGpuMemoryMiB, after, target }, { priority, held, first }) => {
    const elsewhere = target.kind !== 'local';
    const wish = { gpus, gpuMemoryMiB, gpuUuids, minGpuMemoryMiB, after: afterOf(after), elsewhere };
    const yard = {
      mode: settings.mode(),
      cpuSlots: settings.get().cpuSlots,
      tracks: tracks(),
      waiting: jobs.turns().map((turn) => ({ ...turn, after: afterOf(turn.after) })),
      live: jobs
        .live()
        .filter(({ spec }) => spec.target.kind === 'local')
        .map((job) => ({
          jobId: job.id,
          gpus: isLive(job) ? job.state.gpus : [],
          gpuMemoryMiB: job.spec.gpuMemoryMiB,
        })),
    };
    return previewOf(yard, { ...wish, jobId: UNNUMBERED, priority, held, overtaken: 0 }, first);
  };
}
