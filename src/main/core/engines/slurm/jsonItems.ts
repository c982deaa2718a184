/** What a stream of JSON looks like to somebody who only counts brackets. */
interface Place {
  depth: number;
  inText: boolean;
  escaped: boolean;
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** The object that holds the list, the list, and the item itself. */
const ITEM_DEPTH = 3;

/**
 * Cuts the items of `{"list": [{…}, {…}]}` out of a stream of bytes as they come, so that an answer of a hundred megabytes
 * is neither kept nor parsed in one go. Objects at that depth in other lists of the answer are given out as well.
 */
export class JsonItems {
  readonly #onItem: (text: string) => void;
  readonly #place: Place = { depth: 0, inText: false, escaped: false };
  #parts: Buffer[] = [];
  #isOpen = false;
  #seen = 0;

  constructor(onItem: (text: string) => void) {
    this.#onItem = onItem;
  }

  /** How many bytes have come. */
  get bytes(): number {
    return this.#seen;
  }

  /** The outermost object has come to its end: nothing is missing. */
  get isWhole(): boolean {
    return this.#seen > 0 && this.#place.depth === 0 && !this.#place.inText;
  }

  /** Takes the next part of the stream. */
  take(chunk: Buffer): void {
    this.#seen += chunk.length;
    const place = this.#place;
    let begin = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (place.inText) {
        if (place.escaped) place.escaped = false;
        else if (byte === BACKSLASH) place.escaped = true;
        else if (byte === QUOTE) place.inText = false;
        continue;
      }
      if (byte === QUOTE) place.inText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        place.depth += 1;
        if (place.depth !== ITEM_DEPTH || byte !== OPEN_BRACE) continue;
        this.#isOpen = true;
        begin = at;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        place.depth -= 1;
        if (place.depth !== ITEM_DEPTH - 1 || !this.#isOpen) continue;
        this.#isOpen = false;
        this.#onItem(Buffer.concat([...this.#parts.splice(0), chunk.subarray(begin, at + 1)]).toString('utf8'));
      }
    }
    if (this.#isOpen) this.#parts.push(chunk.subarray(begin));
  }
}
