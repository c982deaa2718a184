/** Where a job runs: on this machine, or on the Slurm that the settings name. */
export const JOB_TARGETS = ['local', 'slurm'] as const;
export type JobTarget = (typeof JOB_TARGETS)[number];
