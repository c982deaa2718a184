import { assertNever } from '../../../shared/result.ts';
import type { JobStatus } from '../../../shared/job.ts';
import type { JobId } from './job.ts';
import { wordsForMiB } from './words.ts';

/** Why one GPU does not fit a job now. */
export type GpuRefusal =
  | { readonly index: number; readonly kind: 'job'; readonly jobId: JobId }
  | { readonly index: number; readonly kind: 'memory'; readonly leftMiB: number }
  | { readonly index: number; readonly kind: 'foreign'; readonly words: string }
  | { readonly index: number; readonly kind: 'quarantined'; readonly words: string }
  | { readonly index: number; readonly kind: 'closed'; readonly words: string };

/** Why a queued job is not running. */
export type Blocker =
  | { readonly kind: 'paused' }
  | { readonly kind: 'draining' }
  | { readonly kind: 'held' }
  /** It was cancelled with many others, and its record is being written. */
  | { readonly kind: 'leaving' }
  /** Waits for another job; `status` is what that is now, null when it was deleted. */
  | { readonly kind: 'after'; readonly jobId: JobId; readonly status: JobStatus | null }
  /** It runs elsewhere, and nothing can be started there. */
  | { readonly kind: 'elsewhere'; readonly words: string }
  | { readonly kind: 'cpu-slots'; readonly slots: number }
  | { readonly kind: 'no-driver' }
  | { readonly kind: 'too-few-gpus'; readonly wanted: number; readonly present: number; readonly named: boolean }
  | { readonly kind: 'gpus-too-small'; readonly wanted: number; readonly memoryMiB: number; readonly large: number }
  | {
      readonly kind: 'gpus-busy';
      readonly wanted: number;
      readonly free: number;
      readonly refusals: readonly GpuRefusal[];
    }
  | { readonly kind: 'behind'; readonly jobId: JobId };

/** The blocker in one sentence, as the window and the terminal show it. */
export function blockerWords(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'paused':
      return 'the queue is paused';
    case 'draining':
      return 'the queue is draining: nothing new starts';
    case 'held':
      return 'held: it starts when it is released';
    case 'leaving':
      return 'cancelled: it leaves the queue';
    case 'after':
      return afterWords(blocker.jobId, blocker.status);
    case 'elsewhere':
      return blocker.words;
    case 'cpu-slots':
      return blocker.slots === 1 ? 'waits for the CPU slot' : `waits for one of ${blocker.slots} CPU slots`;
    case 'no-driver':
      return 'needs a GPU and no NVIDIA GPU has answered';
    case 'too-few-gpus':
      return blocker.named
        ? `needs ${gpus(blocker.wanted)} of those it names, and ${blocker.present} of them ${blocker.present === 1 ? 'is' : 'are'} here`
        : `needs ${gpus(blocker.wanted)} and this machine has ${blocker.present}: it cannot run here`;
    case 'gpus-too-small':
      return `needs ${gpus(blocker.wanted)} with ${wordsForMiB(blocker.memoryMiB)} and only ${blocker.large} here ${blocker.large === 1 ? 'is' : 'are'} that large`;
    case 'gpus-busy':
      return [
        `needs ${gpus(blocker.wanted)}, ${blocker.free} free`,
        blocker.refusals.slice(0, 3).map(refusalWords).join(', '),
      ]
        .filter(Boolean)
        .join(': ');
    case 'behind':
      return `after #${blocker.jobId}, which is next for the GPUs`;
    default:
      return assertNever(blocker, 'blocker');
  }
}

function afterWords(id: JobId, status: JobStatus | null): string {
  if (status === null) return `after #${id}, which is gone: cancel it, or submit it again without that`;
  if (status === 'failed' || status === 'cancelled')
    return `after #${id}, which ${status === 'failed' ? 'has failed' : 'was cancelled'}: requeue that, or cancel this`;
  return `after #${id}, which is ${status}`;
}

function gpus(count: number): string {
  return count === 1 ? '1 GPU' : `${count} GPUs`;
}

function refusalWords(refusal: GpuRefusal): string {
  const gpu = `GPU ${refusal.index}`;
  switch (refusal.kind) {
    case 'job':
      return `${gpu} used by #${refusal.jobId}`;
    case 'memory':
      return `${gpu} has ${wordsForMiB(refusal.leftMiB)} unreserved`;
    case 'foreign':
      return `${gpu} used by ${refusal.words}`;
    case 'quarantined':
      return `${gpu} quarantined, ${refusal.words}`;
    case 'closed':
      return `${gpu} ${refusal.words}`;
    default:
      return assertNever(refusal, 'GPU refusal');
  }
}
