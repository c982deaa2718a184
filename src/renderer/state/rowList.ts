import type { JobView } from '../../shared/job.ts';

/** One line of the table. `away` is a finished job whose number is known and whose data has not been asked for yet. */
export type Row =
  | {
      readonly kind: 'job';
      readonly key: string;
      readonly jobId: number;
      readonly job: JobView;
      readonly endsGroup: boolean;
    }
  | { readonly kind: 'away'; readonly key: string; readonly jobId: number; readonly endsGroup: boolean }
  | { readonly kind: 'more-queued'; readonly key: string; readonly hidden: readonly JobView[] };

/** The number of the row's job, or null for a line between groups. */
export function jobIdOf(row: Row | null): number | null {
  return row === null || row.kind === 'more-queued' ? null : row.jobId;
}

/** The rows of open jobs, drawn up at once. */
export function jobRows(jobs: readonly JobView[]): Row[] {
  return jobs.map((job, index) => ({
    kind: 'job',
    key: `job-${job.id}`,
    jobId: job.id,
    job,
    endsGroup: index === jobs.length - 1,
  }));
}

/** The table's lines. A long history costs nothing: a row of it is made when it is looked at. */
export class RowList {
  /** Lines of open jobs: Running, then Queued. */
  readonly open: readonly Row[];
  readonly #finished: readonly number[];
  readonly #views: ReadonlyMap<number, JobView>;

  constructor(open: readonly Row[], finished: readonly number[], views: ReadonlyMap<number, JobView>) {
    this.open = open;
    this.#finished = finished;
    this.#views = views;
  }

  get count(): number {
    return this.open.length + this.#finished.length;
  }

  /** The row at that place, or null beyond the ends. */
  at(index: number): Row | null {
    if (index < this.open.length) return this.open[index] ?? null;
    const place = index - this.open.length;
    const jobId = this.#finished[place];
    if (jobId === undefined) return null;
    const job = this.#views.get(jobId);
    const endsGroup = place === this.#finished.length - 1;
    const key = `job-${jobId}`;
    return job === undefined ? { kind: 'away', key, jobId, endsGroup } : { kind: 'job', key, jobId, job, endsGroup };
  }

  /** The place of a job, or -1. */
  indexOf(jobId: number | null): number {
    if (jobId === null) return -1;
    const open = this.open.findIndex((row) => jobIdOf(row) === jobId);
    if (open >= 0) return open;
    const place = this.#finished.indexOf(jobId);
    return place < 0 ? -1 : this.open.length + place;
  }

  /** The nearest row with a job from `from` on, in one direction, or null. */
  nextJob(from: number, direction: 1 | -1): number | null {
    for (let index = from; index >= 0 && index < this.count; index += direction)
      if (jobIdOf(this.at(index)) !== null) return index;
    return null;
  }

  /** The jobs of the rows from one to the other, both included. */
  jobIds(first: number, last: number): readonly number[] {
    const open = this.open.slice(Math.max(0, first), last + 1).flatMap((row) => jobIdOf(row) ?? []);
    const from = Math.max(0, first - this.open.length);
    return [...open, ...this.#finished.slice(from, Math.max(from, last + 1 - this.open.length))];
  }

  /** The jobs between two places whose data is not here. */
  awayIn(first: number, last: number): readonly number[] {
    const from = Math.max(0, first - this.open.length);
    return this.#finished
      .slice(from, Math.max(from, last + 1 - this.open.length))
      .filter((jobId) => !this.#views.has(jobId));
  }
}
