import { InvalidArgumentError } from 'commander';
import { dataFolder } from '../paths.ts';
import { connect } from './client.ts';
import type { Answer, Client } from './client.ts';
import { EXIT, exitCodeOf } from './exitCodes.ts';
import type { ExitCode } from './exitCodes.ts';

/** What the commands share: the core they ask, how they print, and the exit code of the whole. */
export class CliSession {
  exitCode: ExitCode = EXIT.ok;

  /** The core of the data folder. Throws `NoCoreError` when none runs. */
  get core(): Client {
    return connect(dataFolder());
  }

  /** Prints an answer, as JSON or in words, or its error; a bad status decides the exit code. Answers whether it was good. */
  finish(answer: Answer, json: boolean | undefined, words: (body: Answer['body']) => string): boolean {
    const code = exitCodeOf(answer.status);
    // The first thing that went wrong in a list of ids is what a script should see.
    if (code !== EXIT.ok && this.exitCode === EXIT.ok) this.exitCode = code;
    if (json === true) this.print(JSON.stringify(answer.body));
    else if (code !== EXIT.ok) this.complain(errorWords(answer.body));
    else this.print(words(answer.body));
    return code === EXIT.ok;
  }

  print(text: string): void {
    if (text !== '') process.stdout.write(`${text}\n`);
  }

  complain(text: string): void {
    process.stderr.write(`trainyard: ${text}\n`);
  }
}

/** The option that every command has. */
export const JSON_OPTION = ['--json', 'print JSON for scripts'] as const;

/** Options of a command that has no others. */
export interface JsonOptions {
  readonly json?: true;
}

/** A whole number, for commander. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,12}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A number of seconds, for commander. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number of seconds.');
  return value;
}

/** The number of one job, with or without `#`, for commander. */
export function jobNumber(text: string): number {
  const found = /^#?(\d{1,12})$/.exec(text);
  if (found === null) throw new InvalidArgumentError('It must be the number of a job, such as 12.');
  return Number(found[1]);
}

/** How many jobs one range may name: more is a slip of the finger. */
const LONGEST_RANGE = 10_000;

/** Numbers of jobs, gathered over the arguments: `4`, `#4`, `3-7`, for commander. */
export function jobNumbers(text: string, before: readonly number[] = []): readonly number[] {
  const range = /^#?(\d{1,12})-#?(\d{1,12})$/.exec(text);
  if (range === null) return [...before, jobNumber(text)];
  const [from, to] = [Number(range[1]), Number(range[2])];
  if (to < from || to - from >= LONGEST_RANGE) throw new InvalidArgumentError('It must be a range such as 3-7.');
  return [...before, ...Array.from({ length: to - from + 1 }, (_, place) => from + place)];
}

function errorWords(body: Answer['body']): string {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : 'The core refused without a word.';
}
