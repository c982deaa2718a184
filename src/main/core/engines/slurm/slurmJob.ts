import { z } from 'zod';
import type { Ms } from '../../domain/job.ts';

/** How a job's main ended, as Slurm tells: an exit code, or the signal that ended it. */
export interface SlurmExit {
  readonly code: number;
  /** Null when no signal ended it. */
  readonly signal: number | null;
}

/** One job, or one task of an array, as Slurm describes it at one moment. */
export interface SlurmJob {
  readonly id: number;
  /** The number the array was submitted under; the job's own when it is in none. */
  readonly submittedAs: number;
  /** Slurm's state and its flags, such as `RUNNING`, or `CANCELLED` with `COMPLETING`. */
  readonly states: readonly string[];
  /** Why it waits, or what ended it; `None` for nothing. */
  readonly reason: string;
  readonly comment: string;
  readonly partition: string;
  /** Nodes it has or had; empty for one that was never started. */
  readonly nodes: string;
  /** For a waiting job this is Slurm's estimate. */
  readonly startTime: Ms | null;
  readonly endTime: Ms | null;
  readonly exit: SlurmExit | null;
}

/** From 23.02 on numbers come with a word on whether they are set. */
const numberSchema = z.union([
  z.number(),
  z.object({ set: z.boolean(), number: z.number() }).transform(({ set, number }) => (set ? number : 0)),
  z.null().transform(() => 0),
]);

/** Up to 23.02 one number as wait(2) gives it, then an object. */
const exitSchema = z.union([
  z.number().transform(exitOfWait),
  z
    .object({
      return_code: numberSchema.optional(),
      signal: z
        .object({ id: numberSchema.optional(), signal_id: numberSchema.optional() })
        .nullish()
        .transform((signal) => signal?.id ?? signal?.signal_id ?? 0),
    })
    .transform(({ return_code: code = 0, signal }): SlurmExit => ({ code, signal: signal === 0 ? null : signal })),
  numberSchema.transform(exitOfWait),
]);

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const jobSchema = z.object({
  job_id: z.number(),
  array_job_id: numberSchema.optional(),
  // A list from 23.11 on.
  job_state: z.union([z.string().transform((state) => [state]), z.array(z.string())]),
  state_reason: text,
  comment: text,
  partition: text,
  nodes: text,
  start_time: numberSchema.optional(),
  end_time: numberSchema.optional(),
  exit_code: exitSchema.nullish().catch(null),
});

/** A job from an item of `squeue --json`, of any version that has that; null for anything else. */
export function slurmJobOf(item: unknown): SlurmJob | null {
  const parsed = jobSchema.safeParse(item);
  if (!parsed.success) return null;
  const { job_id: id, array_job_id: array = 0, job_state: states, state_reason: reason, ...rest } = parsed.data;
  return {
    id,
    submittedAs: array === 0 ? id : array,
    states: states.map((state) => state.toUpperCase()),
    reason: reason === '' ? 'None' : reason,
    comment: rest.comment,
    partition: rest.partition,
    nodes: rest.nodes,
    startTime: msOf(rest.start_time),
    endTime: msOf(rest.end_time),
    exit: rest.exit_code ?? null,
  };
}

/** wait(2): the code in the second byte, the signal in the low seven bits. */
function exitOfWait(status: number): SlurmExit {
  const signal = status & 0x7f;
  return { code: (status >> 8) & 0xff, signal: signal === 0 ? null : signal };
}

function msOf(seconds: number | undefined): Ms | null {
  return seconds === undefined || seconds === 0 ? null : seconds * 1_000;
}
