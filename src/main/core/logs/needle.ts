/** Backwards the last hit is the last of the first piece with one: a piece of this size is searched in a moment. */
const PIECE_BYTES = 65_536;

/** What is looked for, as bytes. */
export interface Needle {
  readonly bytes: number;
  /** The first place of it in a chunk, or -1. */
  readonly firstIn: (chunk: Buffer) => number;
  /** The last place of it in a chunk, or -1. */
  readonly lastIn: (chunk: Buffer) => number;
}

/** The needle for a text; with `anyCase` the letters a to z are found large and small, all others as they are written. */
export function needleFor(text: string, anyCase: boolean): Needle {
  const needle = Buffer.from(text, 'utf8');
  if (!anyCase || !/[a-z]/i.test(text)) {
    return {
      bytes: needle.length,
      firstIn: (chunk) => chunk.indexOf(needle),
      lastIn: (chunk) => chunk.lastIndexOf(needle),
    };
  }
  // In Latin-1 every byte is one character, so that places are bytes. The flag `i` would take other bytes for the same, too.
  const pattern = new RegExp(Array.from(needle, patternOf).join(''), 'g');
  return {
    bytes: needle.length,
    firstIn: (chunk) => chunk.toString('latin1').search(pattern),
    lastIn(chunk) {
      for (let end = chunk.length; end > 0; end -= PIECE_BYTES) {
        const start = Math.max(0, end - PIECE_BYTES);
        const found = lastMatch(chunk.toString('latin1', start, end + needle.length - 1), pattern);
        if (found >= 0) return start + found;
      }
      return -1;
    },
  };
}

function lastMatch(text: string, pattern: RegExp): number {
  let last = -1;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    last = match.index;
    pattern.lastIndex = last + 1;
  }
  return last;
}

function patternOf(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[a-z]/i.test(character)) return `[${character.toLowerCase()}${character.toUpperCase()}]`;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
