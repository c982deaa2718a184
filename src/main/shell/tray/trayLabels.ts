import type { JobView, Progress, StopView } from '../../../shared/job.ts';
import { assertNever } from '../../../shared/result.ts';
import type { WaitingJob } from './trayBook.ts';

/** A label of a native menu is one line without columns. */
const NAME_LENGTH = 28;
const SENTENCE_LENGTH = 44;

/** Whether the kernel holds the job's processes. */
export function isStuck({ stop }: JobView): boolean {
  return stop?.stage === 'stuck';
}

/** `Cancel #148 gpt2-350m-fineweb — 62 %, 1 h 12 m left`. */
export function runLabel(job: JobView): string {
  return `Cancel ${named(job)} — ${job.status === 'pending' ? 'starting' : progressWords(job.progress)}`;
}

/** `Force #147 sdxl-lora-corgi — SIGKILL at 14:26:12`. */
export function forceLabel(
  job: JobView,
  stop: StopView,
  gpuIndexes: ReadonlyMap<string, number>,
  clock: (at: number) => string,
): string {
  return `Force ${named(job)} — ${stopWords(job, stop, gpuIndexes, clock)}`;
}

/** `Cancel #152 llama3.2-3b-sft — needs 2 GPUs, 1 free`: the scheduler's own sentence. */
export function waitingLabel(job: WaitingJob): string {
  return `Cancel ${named(job)} — ${shortened(job.sentence, SENTENCE_LENGTH)}`;
}

/** The text, or as much of it as fits with an ellipsis. */
export function shortened(text: string, length: number): string {
  const signs = [...text.replaceAll(/\s+/g, ' ').trim()];
  return signs.length <= length
    ? signs.join('')
    : `${signs
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}

function named({ id, name }: Pick<JobView, 'id' | 'name'>): string {
  return `#${id} ${shortened(name, NAME_LENGTH)}`;
}

function progressWords(progress: Progress | null): string {
  const { fraction, position, secondsLeft } = progress ?? { fraction: null, position: null, secondsLeft: null };
  if (fraction === null) return position === null ? 'running' : shortened(position, SENTENCE_LENGTH);
  const percent = `${Math.floor(fraction * 100)} %`;
  return secondsLeft === null ? percent : `${percent}, ${timeLeft(secondsLeft)} left`;
}

/** Coarse, because it is a guess, and because an open menu must not change each second. */
function timeLeft(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return 'under 1 m';
  if (minutes < 60) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} m` : `${Math.floor(hours / 24)} d`;
}

function stopWords(
  job: JobView,
  stop: StopView,
  gpuIndexes: ReadonlyMap<string, number>,
  clock: (at: number) => string,
): string {
  switch (stop.stage) {
    case 'asked':
    case 'terminating':
      return stop.forced ? 'SIGKILL is on its way' : `SIGKILL at ${clock(stop.deadlineAt)}`;
    case 'killing':
      return 'SIGKILL sent';
    case 'verifying':
      return 'checking that nothing is left';
    case 'stuck': {
      const gpus = job.heldGpus.flatMap((uuid) => gpuIndexes.get(uuid) ?? []).sort((a, b) => a - b);
      if (gpus.length === 0) return 'stuck in the kernel';
      return `stuck on GPU ${gpus.join(', ')}`;
    }
    default:
      return assertNever(stop.stage, 'stop stage');
  }
}
