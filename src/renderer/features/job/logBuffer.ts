import type { LogPart } from '../../../shared/contract.ts';
import type { Hit } from './logSearch.ts';
import { Terminal } from './terminal.ts';
import type { LogLine } from './terminal.ts';

/** How much text is kept; when more has come, the oldest goes. */
export const KEPT_MAX_CHARACTERS = 2 * 1_024 * 1_024;

interface Chunk {
  readonly text: string;
  readonly offset: number;
  /** Lines that were complete when this chunk had been written, counted from the terminal's first. */
  linesAtEnd: number;
}

/** The part of a log that is in memory: one unbroken stretch of the file, as lines. */
export class LogBuffer {
  #terminal = new Terminal();
  #chunks: Chunk[] = [];
  #characters = 0;
  /** First byte of the stretch. */
  startOffset = 0;
  /** The byte after the stretch: where reading goes on. */
  nextOffset = 0;
  /** Size of the file when it was last read. */
  fileSize = 0;
  /** The run has ended and the stretch reaches the end. */
  isComplete = false;
  /** How many lines were ever dropped or put in front: line numbers of a drawing are kept right with it. */
  shift = 0;
  /** Another object for each stretch: what was told about lines of an earlier one is void. */
  stretch: object = {};

  /** The lines in memory; the array is the same one while text is only added. */
  get lines(): readonly LogLine[] {
    return this.#terminal.lines;
  }

  /** Lines before this one will not change any more. */
  get settled(): number {
    return this.#terminal.settled;
  }

  /** Number of lines, without an empty one at the end. */
  get lineCount(): number {
    const { lines } = this.#terminal;
    return lines.at(-1) === '' ? lines.length - 1 : lines.length;
  }

  /** Whether no more is to be taken in without dropping older text. */
  get isFull(): boolean {
    return this.#characters >= KEPT_MAX_CHARACTERS;
  }

  /** Adds what follows the stretch. Text that does not touch it starts a new one. */
  append(part: LogPart): void {
    if (this.#chunks.length === 0 || part.offset !== this.nextOffset) this.#restart(part.offset);
    this.fileSize = part.size;
    this.isComplete = part.complete;
    this.nextOffset = part.nextOffset;
    if (part.text === '') return;
    this.#terminal.write(part.text);
    this.#chunks.push({ text: part.text, offset: part.offset, linesAtEnd: this.#terminal.lines.length - 1 });
    this.#characters += part.text.length;
  }

  /** Drops the oldest text beyond the limit, less `room` characters; returns how many lines went. */
  trim(room = 0): number {
    let dropped = 0;
    while (this.#characters > KEPT_MAX_CHARACTERS - room && this.#chunks.length > 1) {
      const [first, second] = this.#chunks;
      if (first === undefined || second === undefined) break;
      this.#chunks.shift();
      this.#characters -= first.text.length;
      this.startOffset = second.offset;
      const before = this.#terminal.lines.length;
      this.#terminal.dropLines(first.linesAtEnd);
      const gone = before - this.#terminal.lines.length;
      for (const chunk of this.#chunks) chunk.linesAtEnd -= gone;
      dropped += gone;
    }
    this.shift -= dropped;
    return dropped;
  }

  /**
   * Puts older text in front of the stretch; returns how many lines came. The whole is read again, as colours may reach over.
   * Beyond the limit the newest text goes: it is read again when it is scrolled to.
   */
  prepend(part: LogPart): number {
    if (part.text === '' || part.nextOffset !== this.startOffset) return 0;
    const before = this.#terminal.lines.length;
    const chunks = [{ text: part.text, offset: part.offset, linesAtEnd: 0 }, ...this.#chunks];
    let dropped = 0;
    for (let newest = chunks.at(-1); this.isFull && chunks.length > 2 && newest !== undefined; newest = chunks.at(-1)) {
      chunks.pop();
      this.#characters -= newest.text.length;
      this.nextOffset = newest.offset;
      this.isComplete = false;
      dropped += newest.linesAtEnd - (chunks.at(-1)?.linesAtEnd ?? 0);
    }
    this.#terminal = new Terminal();
    for (const chunk of chunks) {
      this.#terminal.write(chunk.text);
      chunk.linesAtEnd = this.#terminal.lines.length - 1;
    }
    this.#chunks = chunks;
    this.#characters += part.text.length;
    this.startOffset = part.offset;
    const came = Math.max(0, this.#terminal.lines.length + dropped - before);
    this.shift += came;
    return came;
  }

  /** Starts again with parts that touch each other; answers the line and column at which the second one begins. */
  restart(before: LogPart | null, after: LogPart): Hit {
    this.#restart(before?.offset ?? after.offset);
    if (before !== null) this.append(before);
    const { stretch } = this;
    const place = this.#terminal.cursor;
    this.append(after);
    return this.stretch === stretch ? place : { line: 0, column: 0 };
  }

  #restart(offset: number): void {
    this.stretch = {};
    this.#terminal = new Terminal();
    this.#chunks = [];
    this.#characters = 0;
    this.startOffset = offset;
    this.shift = 0;
  }
}
