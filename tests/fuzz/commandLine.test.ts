import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseCommandLine, writeCommandLine } from '../../src/renderer/features/compose/commandLine.ts';
import { fuzz, FUZZ_TIMEOUT_MS, inputs } from './fuzz.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

test('a command line reads back whatever it wrote', async () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
  await fuzz('command line: written and read', inputs(300), fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
    const { argv, problem, assignments } = parseCommandLine(writeCommandLine(words));
    expect({ argv, problem, assignments }).toEqual({ argv: words, problem: null, assignments: [] });
  });
});

test('whatever is typed is read without a throw, and what is not quoted is not changed', async () => {
  const typed = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .array(fc.constantFrom('a', ' ', '\\', '"', "'", '\n', '$HOME', '`', '|', '&&', '>', 'A=1', '*', '~', '#', '()'))
      .map((parts) => parts.join('')),
  );
  await fuzz('command line: anything typed', inputs(300), typed, (text) => {
    const { argv, problem } = parseCommandLine(text);
    if (/^[a-z ]*$/.test(text)) expect(argv).toEqual(text.split(' ').filter((word) => word !== ''));
    if (problem !== null) expect(problem).toMatch(/never closed|backslash|character/);
  });
});
