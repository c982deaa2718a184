import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/renderer/features/compose/commandLine.ts';

function argv(text: string): readonly string[] {
  return parseCommandLine(text).argv;
}

describe('a command line is read as a shell would', () => {
  it('splits at blanks and keeps what quotes hold together', () => {
    expect(argv(`python  train.py --run-name "lr 6e-4, warmup 700" --tag 'a b'"c"`)).toEqual([
      'python',
      'train.py',
      '--run-name',
      'lr 6e-4, warmup 700',
      '--tag',
      'a bc',
    ]);
  });

  it('knows what a backslash means outside, inside double and inside single quotes', () => {
    expect(argv(String.raw`a\ b "c\"d\n" 'e\f'`)).toEqual(['a b', String.raw`c"d\n`, String.raw`e\f`]);
  });

  it('joins lines that end in a backslash, as they are copied from a README', () => {
    expect(argv('torchrun --nproc-per-node=2 \\\n  train.py \\\n  --lr 6e-4')).toEqual([
      'torchrun',
      '--nproc-per-node=2',
      'train.py',
      '--lr',
      '6e-4',
    ]);
  });

  it('keeps empty words', () => {
    expect(argv(`a '' ""`)).toEqual(['a', '', '']);
  });

  it('takes assignments before the program out, and none after it', () => {
    const line = parseCommandLine('A=1 B="two words" python train.py C=3');
    expect(line.assignments).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: 'two words' },
    ]);
    expect(line.argv).toEqual(['python', 'train.py', 'C=3']);
  });

  it('takes a quoted name for a program, as a shell does', () => {
    expect(parseCommandLine(`'A'=1 b`)).toMatchObject({ argv: ['A=1', 'b'], assignments: [] });
  });

  it('says which quote is never closed, and where', () => {
    expect(parseCommandLine(`echo 'a b`).problem).toBe('The single quote at character 6 is never closed.');
    expect(parseCommandLine(`echo "a b`).problem).toBe('The double quote at character 6 is never closed.');
  });

  it('names what a shell would have acted on and leaves it as written', () => {
    const line = parseCommandLine('python train.py *.txt | tee "$HOME/log" > out && ls ~');
    expect(line.argv).toContain('$HOME/log');
    expect(line.literal).toEqual(['*', '|', '$HOME', '>', '&&', '~']);
    expect(parseCommandLine(`echo '$HOME | *'`).literal).toEqual([]);
  });
});
