import { constants } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LONGEST_MS } from '../runnerFiles.ts';

/** A runner's command line (src/runner/PROTOCOL.md); times in ms. */
export interface RunnerOptions {
  readonly directory: string;
  readonly cwd: string;
  readonly run: string;
  readonly bootId: string;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  readonly killAfterExitMs: number;
  readonly command: readonly [string, ...string[]];
}

const LONGEST_ID = 128;

/** The options of a command line; throws an error with words for the user when they are not complete and right. */
export function parseRunnerOptions(argv: readonly string[]): RunnerOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      cwd: { type: 'string' },
      run: { type: 'string' },
      boot: { type: 'string' },
      signal: { type: 'string' },
      'grace-ms': { type: 'string' },
      'kill-after-exit-ms': { type: 'string' },
    },
  });
  const { dir, cwd, run, boot } = values;
  const [program, ...rest] = positionals;
  if (dir === undefined || cwd === undefined || run === undefined || boot === undefined)
    throw new Error('--dir, --cwd, --run and --boot are needed');
  if (run.length > LONGEST_ID || boot.length > LONGEST_ID)
    throw new Error('--run or --boot is longer than 128 characters');
  if (program === undefined) throw new Error('no command after --');
  return {
    directory: resolve(dir),
    cwd,
    run,
    bootId: boot,
    stopSignal: signalOf(values.signal),
    graceMs: msOf(values['grace-ms']),
    killAfterExitMs: msOf(values['kill-after-exit-ms']),
    command: [program, ...rest],
  };
}

/** The directory that a command line names, also when the rest of it is wrong: there the complaint belongs. */
export function directoryIn(argv: readonly string[]): string | null {
  const at = argv.indexOf('--dir');
  return at < 0 ? null : (argv[at + 1] ?? null);
}

function signalOf(text: string | undefined): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, number]) => String(number) === text);
  if (found === undefined) throw new Error('--signal is not the number of a signal');
  return found[0] as NodeJS.Signals;
}

function msOf(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text) || Number(text) > LONGEST_MS)
    throw new Error('--grace-ms and --kill-after-exit-ms are milliseconds');
  return Number(text);
}
