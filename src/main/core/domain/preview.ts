import { blockerWords } from './blocker.ts';
import { fittingTracks, impossible } from './fit.ts';
import type { JobId } from './job.ts';
import { schedule } from './schedule.ts';
import type { Track, Waiting, Yard } from './schedule.ts';
import { wordsForMiB } from './words.ts';

/** Number of a job that has none yet. */
export const UNNUMBERED: JobId = 0;

/**
 * What would become of `job` if it were added to `yard` now, in sentences: whether it starts at once or what it waits for,
 * which GPUs it would get as things are, and what it is told about them. Decided by the scheduler itself.
 */
export function previewOf(yard: Yard, job: Waiting, first: boolean): readonly string[] {
  const { starts, blockers } = schedule({ ...yard, waiting: inserted(yard.waiting, job, first) });
  const start = starts.find(({ jobId }) => jobId === UNNUMBERED);
  const blocker = blockers.get(UNNUMBERED);
  const sentences: string[] = [];
  if (job.elsewhere === true) {
    const words = blocker === undefined ? 'Goes to Slurm at once, which decides when it starts' : blockerWords(blocker);
    return [sentenceOf(words), 'Slurm sets CUDA_VISIBLE_DEVICES to the GPUs it gives the job.'].slice(
      0,
      job.gpus > 0 ? 2 : 1,
    );
  }
  if (start !== undefined) sentences.push(`Starts at once ${placeWords(start.gpus, yard.tracks)}.`);
  else if (blocker !== undefined) {
    sentences.push(sentenceOf(blockerWords(blocker)));
    // What keeps it back is not the GPUs: which ones it would get is not said yet.
    if (job.gpus > 0 && blocker.kind !== 'gpus-busy') sentences.push(...laterWords(yard, job));
  }
  if (job.gpus > 0) sentences.push('CUDA_VISIBLE_DEVICES is set to the UUIDs of the GPUs it gets.');
  return sentences;
}

function sentenceOf(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** The queue with the job at its place: the head, or behind the last one of its own or a higher priority. */
function inserted(waiting: readonly Waiting[], job: Waiting, first: boolean): readonly Waiting[] {
  const at = first ? 0 : waiting.findIndex(({ priority }) => priority < job.priority);
  const place = at < 0 ? waiting.length : at;
  return [...waiting.slice(0, place), job, ...waiting.slice(place)];
}

function laterWords({ tracks, live }: Yard, job: Waiting): readonly string[] {
  if (impossible(job, tracks) !== null) return [];
  const { free } = fittingTracks(job, tracks ?? [], live);
  const memory = job.gpuMemoryMiB === null ? '' : ` with ${wordsForMiB(job.gpuMemoryMiB)} each`;
  return free.length < job.gpus
    ? [`It also needs ${job.gpus === 1 ? '1 GPU' : `${job.gpus} GPUs`}${memory}: ${free.length} would do now.`]
    : [`As things are, it would then run ${placeWords(free.slice(0, job.gpus), tracks)}.`];
}

function placeWords(uuids: readonly string[], tracks: readonly Track[] | null): string {
  if (uuids.length === 0) return 'in a CPU slot';
  const numbers = uuids.map((uuid) => tracks?.find((track) => track.uuid === uuid)?.index ?? '?');
  return numbers.length === 1
    ? `on GPU ${numbers[0]}`
    : `on GPUs ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
}
