import { z } from 'zod';

/** How Slurm is reached: not at all, by its commands on this host, or by them on another host over ssh. */
export const SLURM_TARGETS = ['off', 'host', 'ssh'] as const;
export type SlurmTarget = (typeof SLURM_TARGETS)[number];

/** A name that ssh takes for a host and never for an option. */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.@:%-]*$/;
const isFullPath = (text: string): boolean => text.startsWith('/') && !text.includes('\n');

/** Settings of the cluster that jobs can be sent to. */
export const slurmFields = {
  slurmTarget: z.enum(SLURM_TARGETS).default('off'),
  /** Host, or its alias in the user's ssh config; used when the target is `ssh`. */
  slurmSshHost: z.string().max(255).regex(HOST).nullable().default(null),
  /** Folder that the nodes share, for output and job files; null takes the data folder (host) or `~/.trainyard` there (ssh). */
  slurmFolder: z.string().max(4_000).refine(isFullPath).nullable().default(null),
  /** Folder of Slurm's commands where they are not on PATH. */
  slurmCommands: z.string().max(4_000).refine(isFullPath).nullable().default(null),
};

/** The same for a change of settings, with words for people. */
export const slurmPatchFields = {
  slurmTarget: z.enum(SLURM_TARGETS, `must be one of ${SLURM_TARGETS.join(', ')}`),
  slurmSshHost: z
    .string('must be a host or its alias in the ssh config, or null')
    .max(255, 'is longer than 255 characters')
    .regex(HOST, 'is no name of a host: letters, digits, . _ - @ and : only')
    .nullable(),
  slurmFolder: z
    .string('must be a folder, or null')
    .max(4_000, 'is longer than 4000 characters')
    .refine(isFullPath, 'must be a full path: it begins with /')
    .nullable(),
  slurmCommands: z
    .string('must be a folder, or null')
    .max(4_000, 'is longer than 4000 characters')
    .refine(isFullPath, 'must be a full path: it begins with /')
    .nullable(),
};
