import type { LogPart, RouteInput } from '../../../shared/contract.ts';
import { LogBuffer } from './logBuffer.ts';
import type { Hit } from './logSearch.ts';

/** A log opens with so much of its end, and older text comes in pieces of this size. */
export const TAIL_BYTES = 65_536;
/** One look takes no more than this, so that no drawing has more than this to do. */
export const READ_BYTES = 131_072;
/** A log that has run so far ahead between two looks is not caught up with: what is shown jumps to its end. */
const BEHIND_MAX_BYTES = 131_072;
const WAIT_MS = 25_000;
/** A flood is drawn ten times a second at most: more could not be read and would take the processor from the training. */
const PAUSE_MS = 100;

/** What the follower needs from the page. */
export interface FollowerHost {
  readonly read: (input: RouteInput<'log.read'>) => Promise<LogPart>;
  /** Resolves after so long, and not before what was told last has been drawn: a slow page is told less often. */
  readonly pause: (ms: number) => Promise<void>;
  /** Called when lines came or went. */
  readonly onLines: () => void;
  /** Called with the sentence of a refused read. */
  readonly onProblem: (message: string) => void;
}

/** Reads one job's log while it is shown: its end first, then what comes, by one waiting request at a time. */
export class LogFollower {
  buffer = new LogBuffer();
  readonly #jobId: number;
  readonly #host: FollowerHost;
  #isRunning = false;
  #isFollowing = true;
  #round = 0;
  #attempt: number | null = null;
  #isLoadingOlder = false;

  constructor(jobId: number, host: FollowerHost) {
    this.#jobId = jobId;
    this.#host = host;
  }

  /** Whether the newest line is kept in view. While not, older text is not dropped, and reading stops when memory is full. */
  setFollowing(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    if (isFollowing && this.#isRunning) this.start();
  }

  /** Says which run's log it is; another one starts from nothing. */
  openRun(attempt: number): void {
    if (attempt === this.#attempt) return;
    this.#attempt = attempt;
    this.buffer = new LogBuffer();
    this.#host.onLines();
  }

  /** Starts or goes on reading. */
  start(): void {
    this.#isRunning = true;
    this.#round += 1;
    void this.#loop(this.#round);
  }

  /** Stops reading; the answer of a request on its way is thrown away. */
  stop(): void {
    this.#isRunning = false;
    this.#round += 1;
  }

  /** Loads the piece before the first line; answers how many lines came. */
  async loadOlder(): Promise<number> {
    const end = this.buffer.startOffset;
    if (this.#isLoadingOlder || end === 0 || this.#isFollowing) return 0;
    this.#isLoadingOlder = true;
    try {
      const part = await this.#readBefore(end);
      const came = this.buffer.prepend(part);
      if (came > 0) this.#host.onLines();
      return came;
    } catch (cause) {
      this.#host.onProblem(messageOf(cause));
      return 0;
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  /** Goes on reading at the end of what is in memory, for somebody who scrolls down there without following. */
  loadNewer(): void {
    if (this.#isFollowing || !this.#isRunning || !this.buffer.isFull || this.buffer.nextOffset >= this.buffer.fileSize)
      return;
    this.buffer.trim(READ_BYTES);
    this.start();
  }

  /**
   * Loads the text around a byte in place of what is in memory, and follows no more. Answers the line and column of that
   * byte; null when it cannot be read, or when something else was to be shown before it was.
   */
  async showAround(offset: number): Promise<Hit | null> {
    this.#isFollowing = false;
    const round = (this.#round += 1);
    try {
      const before = offset === 0 ? null : await this.#readBefore(offset);
      const from = before?.nextOffset ?? offset;
      const after = await this.#host.read({ jobId: this.#jobId, offset: from, limit: READ_BYTES, waitMs: 0 });
      if (this.#round !== round) return null;
      const place = this.buffer.restart(before, after);
      this.#host.onLines();
      return place;
    } catch (cause) {
      if (this.#round === round) this.#host.onProblem(messageOf(cause));
      return null;
    } finally {
      if (this.#round === round && this.#isRunning) this.start();
    }
  }

  async #readBefore(end: number): Promise<LogPart> {
    const offset = Math.max(0, end - TAIL_BYTES);
    return this.#host.read({ jobId: this.#jobId, offset, limit: end - offset, waitMs: 0 });
  }

  async #loop(round: number): Promise<void> {
    let isFirst = this.buffer.fileSize === 0 && this.buffer.nextOffset === 0;
    try {
      while (this.#round === round && !this.buffer.isComplete && (this.#isFollowing || !this.buffer.isFull)) {
        const offset = isFirst ? -TAIL_BYTES : this.buffer.nextOffset;
        const part = await this.#host.read({
          jobId: this.#jobId,
          offset,
          limit: READ_BYTES,
          waitMs: isFirst ? 0 : WAIT_MS,
        });
        if (this.#round !== round) return;
        isFirst = false;
        await this.#take(part, round);
      }
    } catch (cause) {
      if (this.#round === round) this.#host.onProblem(messageOf(cause));
    }
  }

  async #take(part: LogPart, round: number): Promise<void> {
    this.buffer.append(part);
    if (this.#isFollowing && part.size - part.nextOffset > BEHIND_MAX_BYTES) {
      const end = await this.#host.read({ jobId: this.#jobId, offset: -TAIL_BYTES, limit: READ_BYTES, waitMs: 0 });
      if (this.#round !== round) return;
      this.buffer.append(end);
    }
    if (this.#isFollowing) this.buffer.trim();
    this.#host.onLines();
    if (part.text !== '') await this.#host.pause(PAUSE_MS);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'The log cannot be read.';
}
