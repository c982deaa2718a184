import { readFileSync } from 'node:fs';
import type { OutcomeCause } from '../../../shared/job.ts';

/** What PyTorch, JAX and CUDA's libraries print when a GPU has no memory left. */
const CUDA_OUT_OF_MEMORY =
  /CUDA out of memory|OutOfMemoryError: (?:CUDA|HIP)|RESOURCE_EXHAUSTED: Out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation/;

/** How often the kernel has killed a process for memory since boot (/proc/vmstat), or null where it does not tell. */
export function kernelMemoryKills(): number | null {
  try {
    const found = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

/** What is known about a run that ended badly. */
export interface BadEnd {
  /** Signal that ended main, or null. */
  readonly signal: string | null;
  /** A SIGKILL of ours may have ended it. */
  readonly killedByUs: boolean;
  /** The runner went down its ladder and the app had not asked for it. */
  readonly stoppedByOthers: boolean;
  /** The kernel's count before the run began and after it ended. */
  readonly kernelKills: { readonly before: number | null; readonly after: number | null };
  /** The end of its log. */
  readonly logTail: string;
}

/** The cause behind a bad end, where the evidence is there; null is “not known”, never a guess. */
export function causeOf({ signal, killedByUs, stoppedByOthers, kernelKills, logTail }: BadEnd): OutcomeCause | null {
  if (stoppedByOthers) return 'system-stop';
  const { before, after } = kernelKills;
  if (signal === 'SIGKILL' && !killedByUs && before !== null && after !== null && after > before) return 'kernel-oom';
  return CUDA_OUT_OF_MEMORY.test(logTail) ? 'cuda-oom' : null;
}
