import { describe, expect, it } from 'vitest';
import { PLAIN, applySgr } from '../../../src/renderer/features/job/ansi.ts';
import { findHits, piecesOf } from '../../../src/renderer/features/job/logSearch.ts';
import { Terminal, textOf } from '../../../src/renderer/features/job/terminal.ts';

const ESC = '\u001b';

function shown(...parts: readonly string[]): string[] {
  const terminal = new Terminal();
  for (const part of parts) terminal.write(part);
  return terminal.lines.map(textOf);
}

describe('a log is shown as a terminal would', () => {
  it('carriage returns overwrite, and what was longer stays', () => {
    expect(shown('100%|####|\r 50%')).toEqual([' 50%|####|']);
    expect(shown(' 10%\r 20%\r100%\ndone\n')).toEqual(['100%', 'done', '']);
  });

  it('a progress bar that comes in parts is one line', () => {
    expect(shown('\r 1/3', '\r 2/3', '\r 3/3', '\nnext')).toEqual([' 3/3', 'next']);
    expect(shown('1/3\r', '2/3\r', '3/3\n')).toEqual(['3/3', '']);
  });

  it('lines of Windows programs are plain lines', () => {
    expect(shown('a\r\nb\r\n')).toEqual(['a', 'b', '']);
  });

  it('bars below each other move up and down', () => {
    expect(shown(`a 0%\nb 0%\n${ESC}[2A\ra 9%\n\rb 5%\n`)).toEqual(['a 9%', 'b 5%', '']);
  });

  it('erases, moves, tabs and deletes', () => {
    expect(shown(`abcdef\r${ESC}[Kxy`)).toEqual(['xy']);
    expect(shown(`abc${ESC}[2K${ESC}[Gz`)).toEqual(['z']);
    expect(shown(`ab\b\bX`)).toEqual(['Xb']);
    expect(shown('a\tb', '\n\u0007a\tb')).toEqual(['a\tb', 'a       b']);
    expect(shown(`a${ESC}[3Cb`)).toEqual(['a   b']);
  });

  it('titles, cursor shapes and unknown sequences leave nothing', () => {
    expect(shown(`${ESC}]0;title\u0007a${ESC}[?25lb${ESC}(Bc\u0000`)).toEqual(['abc']);
  });

  it('colours go on over lines and end with reset', () => {
    const terminal = new Terminal();
    terminal.write(`${ESC}[31mred\nstill\n${ESC}[0mplain`);
    const red = applySgr(PLAIN, '31');
    expect(terminal.lines).toEqual([[{ text: 'red', style: red }], [{ text: 'still', style: red }], 'plain']);
  });

  it('a sequence cut between two parts is one sequence', () => {
    expect(shown(`a${ESC}`, `[3`, `2mb${ESC}[0m`)).toEqual(['ab']);
  });

  it('a part that begins behind an emoji goes on right there', () => {
    expect(shown('😀', '\t1%\rx')).toEqual(shown('😀\t1%\rx'));
    expect(shown('a 😀', '\u001b[0mb')).toEqual(['a 😀b']);
  });

  it('a very long line is cut and does not stop the window', () => {
    const [line] = shown('x'.repeat(5_000_000));
    expect(line).toHaveLength(10_001);
  });

  it('takes 200 000 plain lines in well under the second in which they come', () => {
    const text = 'step 11040/18000 | train_loss 3.0290 | lr 2.34e-04\n'.repeat(200_000);
    const startedAt = performance.now();
    shown(text);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

describe('colours', () => {
  it.each([
    ['1;31', { colour: 'red', isBold: true }],
    ['92', { colour: 'green' }],
    ['38;5;208', { colour: 'yellow' }],
    ['38;2;255;0;0', { colour: 'red' }],
    ['38;5;244', { colour: 'grey' }],
    ['48;5;196', { colour: null }],
    ['', { colour: null, isBold: false }],
  ])('%s', (parameters, style) => expect(applySgr(PLAIN, parameters)).toMatchObject(style));

  it('equal styles are one object, so that spans join', () => {
    expect(applySgr(PLAIN, '31')).toBe(applySgr(applySgr(PLAIN, '1'), '0;31'));
    expect(applySgr(applySgr(PLAIN, '31'), '')).toBe(PLAIN);
  });
});

describe('search in a log', () => {
  it('finds every place, whatever the case, also over colours', () => {
    const terminal = new Terminal();
    terminal.write(`val_loss 1, VAL_LOSS 2\nval_${ESC}[32mloss${ESC}[0m 3`);
    expect(findHits(terminal.lines, 'val_loss')).toEqual([
      { line: 0, column: 0 },
      { line: 0, column: 12 },
      { line: 1, column: 0 },
    ]);
    const pieces = piecesOf(terminal.lines[1] ?? '', 'val_loss', 0);
    expect(pieces.map(({ text, mark }) => [text, mark])).toEqual([
      ['val_', 'current'],
      ['loss', 'current'],
      [' 3', 'none'],
    ]);
  });
});
