import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { progressOf } from '../../src/main/core/logs/progress.ts';
import { applySgr, PLAIN, withoutCodes } from '../../src/renderer/features/job/ansi.ts';
import { CurveSet, curvesCsv, curveWords } from '../../src/renderer/features/job/curves.ts';
import { findHits, piecesOf } from '../../src/renderer/features/job/logSearch.ts';
import { metricsOfLine } from '../../src/renderer/features/job/metrics.ts';
import { Terminal, textOf } from '../../src/renderer/features/job/terminal.ts';
import { damaged, fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const ESC = '\u001b';

/** Lines that trainers print, as they are and damaged. */
const REAL_LINES = [
  ' 62%|██████▏   | 620/1000 [00:10<00:06, 60.01it/s, loss=0.42]',
  '100%|██████████| 1000/1000 [1:02:03<00:00]\r',
  'Epoch 3/40: step 120/500 | train_loss 3.0290 | lr 2.34e-04 | ppl 20.1',
  "{'loss': 0.4213, 'grad_norm': '1.2', 'learning_rate': 2e-05, 'epoch': 0.12}",
  '{"step": 12, "loss": NaN, "eval": {"acc": 1e400, "f1": -Infinity}}',
  `${ESC}[32mepoch 12/40${ESC}[0m loss 0.5\n`,
  `${ESC}[2K${ESC}[1A${ESC}[38;2;255;0;0mloss=inf${ESC}[0m`,
  `${ESC}]0;title\u0007 val_loss: -.5e-3 step [7/9]`,
];
const realLine = fc.constantFrom(...REAL_LINES.map((line) => Buffer.from(line)));
const anyLine = fc.oneof(
  fc.string({ unit: 'binary' }),
  damaged(realLine).map((bytes) => bytes.toString('utf8')),
  fc.tuple(fc.constantFrom('step', 'epoch', 'iter'), fc.nat(), fc.nat()).map(([what, at, of]) => `${what} ${at}/${of}`),
  fc.tuple(fc.nat(), fc.nat()).map(([at, of]) => `| ${at}/${of} [00:01<00:0${at % 10}, 1it/s] loss=${at}e${of % 400}`),
);

test('progress of any text: a fraction is between 0 and 1, figures are finite, and nothing throws', async () => {
  const log = fc.record({ lines: fc.array(anyLine), elapsedMs: fc.option(fc.nat()) });
  await fuzz('tqdm and other progress', inputs(500), log, ({ lines, elapsedMs }) => {
    const progress = progressOf(lines.join('\n'), elapsedMs);
    if (progress === null) return;
    if (progress.fraction !== null) expect(progress.fraction >= 0 && progress.fraction <= 1).toBe(true);
    for (const figure of [progress.loss, progress.secondsLeft])
      if (figure !== null) expect(Number.isFinite(figure)).toBe(true);
    if (progress.secondsLeft !== null) expect(progress.secondsLeft).toBeGreaterThanOrEqual(0);
  });
});

test('metrics of any lines: curves rise along x, have as many values as places, and nothing throws', async () => {
  await fuzz('metrics and curves', inputs(500), fc.array(anyLine, { maxLength: 20 }), (lines) => {
    const set = new CurveSet();
    for (const line of lines) {
      metricsOfLine(line);
      set.add(line);
    }
    for (const curve of set.curves) {
      expect(curve.ys).toHaveLength(curve.xs.length);
      expect(curve.xs.every((x, at) => at === 0 || x > (curve.xs[at - 1] ?? Infinity))).toBe(true);
      curveWords(curve);
    }
    curvesCsv(set.curves);
  });
});

test('colours of any parameters are known ones, and no code is left in the text', async () => {
  const parameters = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.array(fc.nat(300)).map((codes) => codes.join(';')),
  );
  await fuzz('ANSI colours', inputs(500), parameters, (text) => {
    const style = applySgr(PLAIN, text);
    expect([null, 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'grey']).toContain(style.colour);
    const plain = withoutCodes(`a${ESC}[${text.replaceAll(/[^0-9;]/g, '')}mb`);
    expect(plain).toBe('ab');
  });
});

test('a log shows the same however it is cut into parts, whatever its bytes', async () => {
  const piece = fc.oneof(
    fc.constantFrom('step 1', '\n', '\r', `${ESC}[32m`, `${ESC}[0m`, `${ESC}[A`, `${ESC}[K`, '\b', 'ü漢😀', ' 50%'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    damaged(realLine).map((bytes) => bytes.toString('utf8')),
  );
  const log = fc.record({ pieces: fc.array(piece, { maxLength: 30 }), cuts: fc.array(fc.nat(400), { maxLength: 5 }) });
  await fuzz('terminal, cut anywhere', inputs(500), log, ({ pieces, cuts }) => {
    // Whole characters: the log is handed out so. A tab stays one in a plain line and is as wide as its blanks on the page.
    const text = Array.from(pieces.join('').replaceAll('\t', ' '));
    const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
    const parts = at.slice(1).map((end, index) => text.slice(at[index], end).join(''));
    expect(shown(...parts)).toEqual(shown(text.join('')));
  });
});

test('a search finds what is there, and the pieces of a line are the line', async () => {
  const search = fc.record({ line: fc.string({ unit: 'binary' }), query: fc.string({ unit: 'binary', maxLength: 3 }) });
  await fuzz('search in a log', inputs(500), search, ({ line, query }) => {
    const joined = piecesOf(line, query, null).map(({ text }) => text);
    expect(joined.join('')).toBe(line);
    findHits([line], query);
  });
});

function shown(...parts: readonly string[]): string[] {
  const terminal = new Terminal();
  for (const part of parts) terminal.write(part);
  return terminal.lines.map(textOf);
}
