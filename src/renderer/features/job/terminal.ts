import { applySgr, PLAIN } from './ansi.ts';
import type { Style } from './ansi.ts';

/** A run of characters of one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of a log: plain text, or text in several styles. */
export type LogLine = string | readonly Span[];

/** The characters of a line, without styles. */
export function textOf(line: LogLine): string {
  return typeof line === 'string' ? line : line.map((span) => span.text).join('');
}

interface Cell {
  readonly character: string;
  readonly style: Style;
}

/** How far up a log may move to redraw its progress bars; a terminal of that height would allow the same. */
const SCREEN_LINES = 60;
/** Longer lines are cut: no screen shows them, and drawing them would stop the window. */
const LINE_MAX = 10_000;
/** Text with none of these needs no terminal. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex
const ESCAPE = /\u001b(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/y;
/** An escape sequence that may go on in the next part of the log. */
// oxlint-disable-next-line no-control-regex
const CUT_ESCAPE = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]{0,200}\u001b?|[ -/]*)$/;

/**
 * Turns a log into lines as a terminal would show them: carriage returns overwrite, colours stay, the cursor moves within
 * the last lines, everything else is left out. Plain lines cost one `slice`.
 */
export class Terminal {
  /** All lines, the one being written included. Read only; its identity stays while lines are added. */
  readonly lines: LogLine[] = [''];
  /** Lines below this index will not change any more. */
  settled = 0;
  #row = 0;
  #column = 0;
  #style: Style = PLAIN;
  /** Cells of lines that were touched by a control character and may be touched again. */
  readonly #cells = new Map<number, Cell[]>();
  #rest = '';

  /** Where the next character would be drawn: line, and column in cells. */
  get cursor(): { readonly line: number; readonly column: number } {
    return { line: this.#row, column: this.#column };
  }

  /** Takes in the next part of the log. */
  write(part: string): void {
    let text = this.#rest + part;
    this.#rest = '';
    const cut = CUT_ESCAPE.exec(text.slice(-256));
    if (cut !== null) {
      this.#rest = cut[0];
      text = text.slice(0, text.length - cut[0].length);
    }
    let start = 0;
    while (start < text.length) {
      const end = text.indexOf('\n', start);
      this.#writeLine(end < 0 ? text.slice(start) : text.slice(start, end));
      if (end < 0) break;
      this.#lineFeed();
      start = end + 1;
    }
    this.settled = Math.max(this.settled, this.lines.length - SCREEN_LINES);
  }

  /** Forgets the first `count` lines. */
  dropLines(count: number): void {
    const dropped = Math.min(count, this.lines.length - SCREEN_LINES);
    if (dropped <= 0) return;
    this.lines.splice(0, dropped);
    const cells = [...this.#cells].map(([row, line]) => [row - dropped, line] as const);
    this.#cells.clear();
    for (const [row, line] of cells) if (row >= 0) this.#cells.set(row, line);
    this.#row -= dropped;
    this.settled = Math.max(0, this.settled - dropped);
  }

  #writeLine(text: string): void {
    const isFresh = this.#column === 0 && this.#row === this.lines.length - 1 && this.lines[this.#row] === '';
    // A log of a Windows program ends its lines in \r\n: nothing is overwritten by that.
    const bare = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (isFresh && this.#style === PLAIN && !CONTROLS.test(bare)) {
      // An escape sequence may have left the cells of an empty line behind.
      this.#cells.delete(this.#row);
      this.lines[this.#row] = bare.length > LINE_MAX ? `${bare.slice(0, LINE_MAX)}…` : bare;
      this.#column = text === bare ? cellsIn(bare) : 0;
      return;
    }
    this.#writeCells(text);
  }

  #writeCells(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 27) at = this.#escape(text, at) - 1;
      else if (code === 13) this.#column = 0;
      else if (code === 8) this.#column = Math.max(0, this.#column - 1);
      else if (code === 9) this.#tab();
      else if (code >= 32 && code !== 127) {
        const length = code >= 0xd800 && code < 0xdc00 ? 2 : 1;
        this.#put(text.slice(at, at + length));
        at += length - 1;
      }
    }
    this.#draw();
  }

  #tab(): void {
    do this.#put(' ');
    while (this.#column % 8 !== 0);
  }

  #put(character: string): void {
    if (this.#column >= LINE_MAX) return;
    const cells = this.#cellsOf(this.#row);
    while (cells.length < this.#column) cells.push({ character: ' ', style: PLAIN });
    cells[this.#column] = { character, style: this.#style };
    this.#column += 1;
  }

  #cellsOf(row: number): Cell[] {
    const known = this.#cells.get(row);
    if (known !== undefined) return known;
    const line = this.lines[row] ?? '';
    const spans = typeof line === 'string' ? [{ text: line, style: PLAIN }] : line;
    const cells = spans.flatMap(({ text, style }) => [...text].map((character) => ({ character, style })));
    this.#cells.set(row, cells);
    return cells;
  }

  #draw(): void {
    const cells = this.#cells.get(this.#row);
    if (cells !== undefined) this.lines[this.#row] = spansOf(cells);
  }

  #lineFeed(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row >= this.lines.length) this.lines.push('');
    this.#cells.delete(this.#row - SCREEN_LINES);
  }

  #escape(text: string, at: number): number {
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(text);
    if (match === null) return at + 1;
    const [whole, parameters = '', final = ''] = match;
    const count = Math.max(1, Number.parseInt(parameters, 10) || 1);
    if (final === 'm') this.#style = applySgr(this.#style, parameters);
    else if (final === 'K') this.#eraseLine(Number.parseInt(parameters, 10) || 0);
    else if (final === 'G') this.#column = Math.min(LINE_MAX, count - 1);
    else if (final === 'C') this.#column = Math.min(LINE_MAX, this.#column + count);
    else if (final === 'D') this.#column = Math.max(0, this.#column - count);
    else if (final === 'A' || final === 'F') this.#moveRow(-count, final === 'F');
    else if (final === 'B' || final === 'E') this.#moveRow(count, final === 'E');
    return at + whole.length;
  }

  #moveRow(step: number, toStart: boolean): void {
    this.#draw();
    const top = Math.max(0, this.lines.length - SCREEN_LINES);
    this.#row = Math.min(this.lines.length - 1, Math.max(top, this.#row + step));
    if (toStart) this.#column = 0;
  }

  #eraseLine(mode: number): void {
    const cells = this.#cellsOf(this.#row);
    if (mode === 2) cells.length = 0;
    else if (mode === 1)
      for (let at = 0; at < Math.min(this.#column, cells.length); at += 1) cells[at] = { character: ' ', style: PLAIN };
    else cells.length = Math.min(cells.length, this.#column);
  }
}

/** How many cells a text takes: characters beyond U+FFFF (emoji) are two code units and one cell. */
function cellsIn(text: string): number {
  return /[\ud800-\udbff]/.test(text) ? [...text].length : text.length;
}

function spansOf(cells: readonly Cell[]): LogLine {
  const spans: { text: string; style: Style }[] = [];
  for (const { character, style } of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.style === style) last.text += character;
    else spans.push({ text: character, style });
  }
  const [only] = spans;
  if (only === undefined) return '';
  return spans.length === 1 && only.style === PLAIN ? only.text : spans;
}
