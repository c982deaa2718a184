import { z } from 'zod';
import { desktopFields, desktopPatchFields } from './desktopSettings.ts';
import { serviceFields, servicePatchFields } from './serviceSettings.ts';
import { STOP_SIGNAL_NAMES } from './signals.ts';
import { slurmFields, slurmPatchFields } from './slurmSettings.ts';

/** What a user can set. Every field has a default, so that an older or a damaged record still opens. */
export const settingsSchema = z.object({
  /** How many jobs that ask for no GPU run at the same time. */
  cpuSlots: z.int().min(1).max(256).default(1),
  /** Path of nvidia-smi, or null to look on PATH and in the usual places. */
  nvidiaSmiPath: z.string().min(1).nullable().default(null),
  /** Grace period of jobs that name none, seconds. */
  defaultGraceSeconds: z.number().min(0).max(86_400).default(10),
  /** Stop signal of jobs that name none. */
  defaultStopSignal: z.enum(STOP_SIGNAL_NAMES).default('SIGTERM'),
  /** UUIDs of GPUs that no job may use. */
  deniedGpus: z.array(z.string().min(1)).max(64).default([]),
  /** A process that is not ours makes a GPU busy when it holds so much memory there, MiB. */
  foreignThresholdMiB: z.int().min(1).max(1_048_576).default(500),
  ...serviceFields,
  ...desktopFields,
  ...slurmFields,
});
export type Settings = z.output<typeof settingsSchema>;

/** A change of some settings; unknown names are refused. */
export const settingsPatchSchema = z
  .strictObject({
    cpuSlots: z.int('must be a whole number').min(1, 'must be 1 or more').max(256, 'must be 256 or less'),
    nvidiaSmiPath: z.string().min(1, 'must be a path; null looks in the usual places').nullable(),
    defaultGraceSeconds: z
      .number('must be a number of seconds')
      .min(0, 'must be 0 or more')
      .max(86_400, 'must be 86400 or less'),
    defaultStopSignal: z.enum(STOP_SIGNAL_NAMES, `must be one of ${STOP_SIGNAL_NAMES.join(', ')}`),
    deniedGpus: z
      .array(z.string().min(1, 'must be UUIDs of GPUs'), 'must be a list of UUIDs of GPUs')
      .max(64, 'names more than 64 GPUs'),
    foreignThresholdMiB: z
      .int('must be a whole number of MiB')
      .min(1, 'must be 1 MiB or more')
      .max(1_048_576, 'must be 1048576 MiB or less'),
    ...servicePatchFields,
    ...desktopPatchFields,
    ...slurmPatchFields,
  })
  .partial();
