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
