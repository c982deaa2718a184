import type { LogPart, RouteInput } from '../../../shared/contract.ts';
import { CurveSet } from './curves.ts';

/** One part of the log at a time is in memory, never more. */
export const PART_BYTES = 524_288;
/** Of a longer log only so much of its end is read. */
export const LOG_MAX_BYTES = 64 * 1_048_576;
/** A run that has printed so far ahead is not caught up with. */
const BEHIND_MAX_BYTES = 2 * 1_048_576;
/** The end of a part that is no whole line yet; a longer one is no line of metrics. */
const REST_MAX = 8_192;
const WAIT_MS = 25_000;
/** So long between two parts: the window stays free, and a flood is read at 5 MB/s at most. */
const PAUSE_MS = 100;

/** What the reader needs from the page. */
export interface CurveReaderHost {
  readonly read: (input: RouteInput<'log.read'>) => Promise<LogPart>;
  readonly pause: (ms: number) => Promise<void>;
  /** Called when there are new points, or the beginning is known to be missing. */
  readonly onPoints: () => void;
  readonly onProblem: (message: string) => void;
}

/** Reads the metrics of one run's log from its beginning, part by part, and follows it while it grows. */
export class CurveReader {
  readonly curves = new CurveSet();
  readonly #jobId: number;
  readonly #host: CurveReaderHost;
  #offset = 0;
  #rest = '';
  #round = 0;
  #isDone = false;
  #skipped = 0;

  constructor(jobId: number, host: CurveReaderHost) {
    this.#jobId = jobId;
    this.#host = host;
  }

  /** Bytes that were not read, because the log is longer or faster than is worth reading. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Starts or goes on reading. */
  start(): void {
    this.#round += 1;
    void this.#loop(this.#round);
  }

  /** Stops reading; the answer of a request on its way is thrown away. */
  stop(): void {
    this.#round += 1;
  }

  async #loop(round: number): Promise<void> {
    let isAtEnd = false;
    try {
      while (this.#round === round && !this.#isDone) {
        const input = { jobId: this.#jobId, offset: this.#offset, limit: PART_BYTES, waitMs: isAtEnd ? WAIT_MS : 0 };
        const part = await this.#host.read(input);
        if (this.#round !== round) return;
        this.#take(part, isAtEnd);
        isAtEnd ||= part.nextOffset >= part.size;
        if (part.text !== '') await this.#host.pause(PAUSE_MS);
      }
    } catch (cause) {
      if (this.#round === round)
        this.#host.onProblem(cause instanceof Error ? cause.message : 'The log cannot be read.');
    }
  }

  #take(part: LogPart, isFollowing: boolean): void {
    const lines = (this.#rest + part.text).split(/[\r\n]+/);
    const rest = part.complete ? '' : (lines.pop() ?? '');
    this.#rest = rest.length > REST_MAX ? '' : rest;
    let hasNews = false;
    for (const line of lines) hasNews = this.curves.add(line) || hasNews;
    this.#offset = part.nextOffset;
    this.#isDone = part.complete;
    const behind = part.size - part.nextOffset;
    const limit = isFollowing ? BEHIND_MAX_BYTES : LOG_MAX_BYTES;
    if (behind > limit) {
      const next = part.size - (isFollowing ? PART_BYTES : limit);
      this.#skipped += next - this.#offset;
      this.#offset = next;
      this.#rest = '';
    }
    if (hasNews || behind > limit || part.complete) this.#host.onPoints();
  }
}
