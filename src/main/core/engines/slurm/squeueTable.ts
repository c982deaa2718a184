import { timeOf } from './scontrol.ts';
import type { SlurmJob } from './slurmJob.ts';

/** What `squeue --format` is asked for: no field but the last can hold a bar. Times as seconds (SLURM_TIME_FORMAT=%s). */
export const TABLE_FORMAT = '%A|%F|%T|%r|%P|%S|%e|%N|%k';

/** A job from a line of that table. It does not tell exit codes: those of an ended job have to be asked for. Null for any other line. */
export function jobOfRow(line: string): SlurmJob | null {
  const [id, array, state, reason, partition = '', start, end, nodes = '', ...comment] = line.split('|');
  if (id === undefined || !/^\d+$/.test(id) || state === undefined || reason === undefined) return null;
  return {
    id: Number(id),
    submittedAs: /^\d+$/.test(array ?? '') ? Number(array) : Number(id),
    states: [state],
    reason,
    comment: comment.join('|'),
    partition,
    nodes,
    startTime: timeOf(start),
    endTime: timeOf(end),
    exit: null,
  };
}

/** Gives out lines of a stream as they come. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next part of the stream. */
  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#rest = bytes.subarray(end);
    for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) if (line !== '') this.#onLine(line);
  }
}
