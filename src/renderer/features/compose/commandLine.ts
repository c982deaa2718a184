/** A command line as a shell would split it, without running one. */
export interface CommandLine {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  /** Assignments before the program, in their order: they belong to the environment. */
  readonly assignments: readonly { readonly name: string; readonly value: string }[];
  /** What a shell would have acted on and this reading leaves as written: `|`, `$HOME`, `*.py`. */
  readonly literal: readonly string[];
  /** Why it cannot be read, or null: a quote that is never closed. */
  readonly problem: string | null;
}

interface Word {
  readonly text: string;
  /** How many leading characters were written without quotes or backslash. */
  readonly plainStart: number;
  /** Shell syntax seen outside quotes (and `$` inside double quotes). */
  readonly syntax: readonly string[];
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=/;
/** Inside double quotes a backslash is special only before these (POSIX 2.2.3). */
const ESCAPABLE_IN_DOUBLE_QUOTES = '$`"\\';
const OPERATORS = /^(?:\d*(?:>>?|<<?|>&|&>)|\|\|?|&&?|;|\(|\))/;

/** Splits `text` into words by the quoting rules of a POSIX shell; nothing is expanded. */
export function parseCommandLine(text: string): CommandLine {
  const { words, problem } = splitWords(text);
  const assignments: { name: string; value: string }[] = [];
  let first = 0;
  for (const word of words) {
    const name = ASSIGNMENT.exec(word.text)?.[1];
    // A quoted name is no assignment: 'A'=1 is a program of that name to a shell.
    if (name === undefined || word.plainStart <= name.length) break;
    assignments.push({ name, value: word.text.slice(name.length + 1) });
    first += 1;
  }
  return {
    argv: words.slice(first).map((word) => word.text),
    assignments,
    literal: [...new Set(words.flatMap((word) => word.syntax))],
    problem,
  };
}

function splitWords(text: string): { readonly words: readonly Word[]; readonly problem: string | null } {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /^(?:\s|\\\n)+/.exec(text.slice(at));
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const read = readWord(text, at);
    if (typeof read === 'string') return { words, problem: read };
    words.push(read.word);
    at = read.end;
  }
  return { words, problem: null };
}

function readWord(text: string, start: number): { readonly word: Word; readonly end: number } | string {
  let word = '';
  let plainStart: number | null = null;
  const syntax: string[] = [];
  let at = start;
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    const character = text.charAt(at);
    if (character === '\\') {
      const next = text.charAt(at + 1);
      // Backslash and newline continue the line; a backslash at the very end stands for itself.
      if (next !== '\n') {
        plainStart ??= word.length;
        word += next === '' ? '\\' : next;
      }
      at += 2;
    } else if (character === "'" || character === '"') {
      plainStart ??= word.length;
      const quoted = character === "'" ? readSingle(text, at) : readDouble(text, at);
      if (quoted === null)
        return `The ${character === "'" ? 'single' : 'double'} quote at character ${at + 1} is never closed.`;
      if (quoted.dollar !== null) syntax.push(quoted.dollar);
      word += quoted.text;
      at = quoted.end;
    } else {
      const length = noteSyntax(text.slice(at), word === '', syntax);
      word += text.slice(at, at + length);
      at += length;
    }
  }
  return { word: { text: word, plainStart: plainStart ?? word.length, syntax }, end: Math.min(at, text.length) };
}

function readSingle(
  text: string,
  at: number,
): { readonly text: string; readonly end: number; readonly dollar: null } | null {
  const close = text.indexOf("'", at + 1);
  return close < 0 ? null : { text: text.slice(at + 1, close), end: close + 1, dollar: null };
}

function readDouble(
  text: string,
  at: number,
): { readonly text: string; readonly end: number; readonly dollar: string | null } | null {
  let inner = '';
  let dollar: string | null = null;
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '"') return { text: inner, end: index + 1, dollar };
    const next = text.charAt(index + 1);
    if (character === '\\' && next === '\n') index += 1;
    else if (character === '\\' && next !== '' && ESCAPABLE_IN_DOUBLE_QUOTES.includes(next)) {
      inner += next;
      index += 1;
    } else {
      if (character === '$') dollar ??= expansionAt(text.slice(index));
      inner += character;
    }
  }
  return null;
}

/** Notes what a shell would act on at the start of `rest`; answers how many characters were read. */
function noteSyntax(rest: string, isWordStart: boolean, syntax: string[]): number {
  const operator = isWordStart ? OPERATORS.exec(rest)?.[0] : /^[|;&<>]/.exec(rest)?.[0];
  if (operator !== undefined) {
    syntax.push(operator);
    return operator.length;
  }
  const expansion = expansionAt(rest);
  if (expansion !== null) syntax.push(expansion);
  if (/^[*`]/.test(rest)) syntax.push(rest.charAt(0));
  if (isWordStart && /^~(?:\/|\s|$)/.test(rest)) syntax.push('~');
  return 1;
}

function expansionAt(rest: string): string | null {
  return /^\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^}]*\}|\()/.exec(rest)?.[0] ?? null;
}

/** Writes `argv` so that {@link parseCommandLine} reads the same words back. */
export function writeCommandLine(argv: readonly string[]): string {
  return argv.map((word, index) => quoteWord(word, index === 0)).join(' ');
}

/** One word as a shell reads it back. */
export function quoteWord(word: string, isProgram = false): string {
  const isPlain = /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) && !(isProgram && ASSIGNMENT.test(word));
  if (isPlain) return word;
  if (!word.includes("'")) return `'${word}'`;
  return `"${word.replace(/[$`"\\]/g, '\\$&')}"`;
}
