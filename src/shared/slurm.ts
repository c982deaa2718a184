import { z } from 'zod';
import { sbatchArgumentProblem } from './sbatchArgument.ts';

const word = (what: string) =>
  z
    .string()
    .min(1, `is empty: leave it out for the cluster’s own ${what}`)
    .max(200, 'is longer than 200 characters')
    .regex(/^[\w.:,+-]+$/, `is no ${what}: use letters, digits, . _ - and commas`)
    .refine((text) => !text.startsWith('-'), 'must not begin with -');

/** What a job asks of Slurm beside its GPUs, its time limit and its name. */
export const slurmRequestSchema = z.strictObject({
  /** One partition, or several with commas; null takes the cluster's default. */
  partition: word('partition').nullable().default(null),
  /** Type of GPU as the cluster calls it (`h100`); null takes any. */
  gpuType: word('GPU type').nullable().default(null),
  /** Memory of the node, MiB; null takes the partition's default. */
  memoryMiB: z.int('must be a whole number of MiB').min(1, 'must be 1 MiB or more').nullable().default(null),
  /** Given to sbatch as they are, after all others. */
  args: z
    .array(z.string().max(4_000, 'is longer than 4000 characters'), 'must be a list of texts')
    .max(50, 'has more than 50 entries')
    .superRefine((args, context) => {
      for (const [place, argument] of args.entries()) {
        const problem = sbatchArgumentProblem(argument);
        if (problem !== null) context.addIssue({ code: 'custom', path: [place], message: problem });
      }
    })
    .default([]),
});
/** The same, parsed. */
export type SlurmRequest = z.output<typeof slurmRequestSchema>;

/** Nothing asked beside the defaults of the cluster. */
export const NO_SLURM_REQUEST: SlurmRequest = { partition: null, gpuType: null, memoryMiB: null, args: [] };

/** Where a job runs, with everything that belongs to that place. */
export type Target = { readonly kind: 'local' } | ({ readonly kind: 'slurm' } & SlurmRequest);
/** This machine. */
export const LOCAL_TARGET: Target = { kind: 'local' };

/** GPUs of a partition, counted by what can be done with them. */
export interface SlurmGpus {
  readonly total: number;
  readonly allocated: number;
  readonly idle: number;
  /** On nodes that are down, drained or in maintenance and not in use by a job. */
  readonly down: number;
}

/** A partition as the cluster describes it. A node may be in several: sums over partitions may count it twice. */
export interface SlurmPartition {
  readonly name: string;
  readonly isDefault: boolean;
  /** It takes jobs and starts them. */
  readonly isUp: boolean;
  readonly nodes: number;
  readonly gpus: SlurmGpus;
  /** Types of its GPUs, with how many there are; one without a type is not listed. */
  readonly gpuTypes: readonly { readonly type: string; readonly count: number }[];
  /** Time limit of a job that names none, seconds; null for none. */
  readonly defaultSeconds: number | null;
  /** The longest time limit, seconds; null for none. */
  readonly maxSeconds: number | null;
}

/** What is known of the Slurm that the settings name. Times are Unix milliseconds. */
export interface SlurmView {
  /** `off`: none is set up. `starting`: not asked yet. `unreachable`: `partitions` holds the last word. */
  readonly state: 'off' | 'starting' | 'ok' | 'unreachable';
  /** How it is reached, for people: `this host` or `ssh login1`; empty when off. */
  readonly via: string;
  readonly cluster: string | null;
  readonly version: string | null;
  readonly partitions: readonly SlurmPartition[];
  /** Since when it does not answer, and its own words. */
  readonly unreachableSince: number | null;
  readonly problem: string | null;
  /** Seconds between SIGTERM and SIGKILL of its own `scancel`. */
  readonly killWaitSeconds: number | null;
  /** How Slurm knows the processes of a job (`proctrack/cgroup`); null while unknown. */
  readonly processTracking: string | null;
  readonly sampledAt: number | null;
}

/** What is shown while no Slurm is set up. */
export const SLURM_OFF: SlurmView = {
  state: 'off',
  via: '',
  cluster: null,
  version: null,
  partitions: [],
  unreachableSince: null,
  problem: null,
  killWaitSeconds: null,
  processTracking: null,
  sampledAt: null,
};
