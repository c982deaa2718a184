import {
  accessSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/*
 * The runner's side of the run's files (src/runner/PROTOCOL.md). Without zod: it would take longer to load than a trainer
 * takes to start.
 */

/** Room for exit.json, taken before the trainer starts: the run that fills the disk is the one whose end must not get lost. */
const RESERVE = '.exit.json.reserve';
const RESERVE_BYTES = 4096;

/** Ten years: longer than any grace that means anything. */
export const LONGEST_MS = 315_360_000_000;

/** Makes what an earlier write put into a file, or a rename into a directory, survive a loss of power. */
function syncFile(fd: number): void {
  try {
    fsyncSync(fd);
  } catch (error) {
    // A file system that has no fsync is no reason to lose the record.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EPERM'].includes(code)) throw error;
  }
}

/** Where a run is written down: its records whole or not at all, its journal line by line. */
export class RunRecords {
  readonly #directory: string;
  readonly #directoryFd: number | null;
  readonly #journalFd: number;
  readonly #reserveFd: number;
  #torn = false;

  /** Throws when the directory cannot be written or is full, and EEXIST when a run already had it. */
  constructor(directory: string) {
    this.#directory = directory;
    if (existsSync(join(directory, 'exit.json'))) throw new Error('a run already had this directory');
    // Windows opens no directories.
    this.#directoryFd = process.platform === 'win32' ? null : openSync(directory, 'r');
    // Made anew or not at all, so it also keeps a second runner out.
    this.#reserveFd = openSync(join(directory, RESERVE), 'wx', 0o600);
    writeAll(this.#reserveFd, ' '.repeat(RESERVE_BYTES));
    this.#journalFd = openSync(join(directory, 'journal.jsonl'), 'a', 0o600);
  }

  /** Adds a line. A full disk costs the line, never the run. */
  journal(entry: Readonly<Record<string, unknown>>): void {
    const line = Buffer.from(`${JSON.stringify({ at: Date.now(), ...entry })}\n`);
    try {
      // A line that was cut short is closed first, so that it spoils no other one.
      if (this.#torn) writeSync(this.#journalFd, '\n');
      this.#torn = false;
      this.#torn = writeSync(this.#journalFd, line) < line.length;
    } catch {
      // Nothing was written.
    }
  }

  /** Writes a record so that a reader sees all of it or nothing; throws when it could not. */
  write(name: string, record: object): void {
    const temporary = join(this.#directory, `.${name}.tmp`);
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeAll(fd, textOf(record));
      syncFile(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, join(this.#directory, name));
    if (this.#directoryFd !== null) syncFile(this.#directoryFd);
  }

  /** Writes exit.json into the room that was kept for it, else where there is room now, to last; throws when it could not. */
  writeExit(record: object): void {
    try {
      const length = writeAll(this.#reserveFd, textOf(record), 0);
      ftruncateSync(this.#reserveFd, length);
      renameSync(join(this.#directory, RESERVE), join(this.#directory, 'exit.json'));
    } catch {
      // The room is gone: somebody tidied up, or the file system copies on write.
      this.write('exit.json', record);
      rmSync(join(this.#directory, RESERVE), { force: true });
      return;
    }
    this.#syncExit();
  }

  /** Whether the directory was deleted: then there is nobody to write to. */
  get isDeleted(): boolean {
    if (this.#directoryFd === null) return !existsSync(this.#directory);
    return fstatSync(this.#directoryFd).nlink === 0;
  }

  /** After the rename, since the app waits for the file and not for the disk. */
  #syncExit(): void {
    try {
      fsyncSync(this.#reserveFd);
      if (this.#directoryFd !== null) fsyncSync(this.#directoryFd);
    } catch {
      // No reason to do without a record that can be read.
    }
  }
}

/** Why there is no run, as one line for the app; best effort. */
export function complain(directory: string, words: string): void {
  try {
    accessSync(directory);
    writeFileSync(join(directory, 'runner.err'), `${words}\n`, { mode: 0o600 });
  } catch {
    // Then the exit code has to do.
  }
}

/** What the app asks of a runner; times in ms. */
export type ControlRequest =
  | { readonly kind: 'stop'; readonly graceMs: number }
  | { readonly kind: 'force' }
  | { readonly kind: 'extend'; readonly byMs: number };

/** Reads the control file as it grows: each call answers the requests of the whole lines that have come since the last one. */
export class ControlReader {
  readonly #fd: number;
  #offset = 0;
  #rest = '';

  /** Makes the file if the app has not. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o600);
  }

  read(): readonly ControlRequest[] {
    const lines = `${this.#rest}${this.#readNew()}`.split('\n');
    // What follows the last newline is still being written.
    this.#rest = lines.pop() ?? '';
    return lines.flatMap(requestOf);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #readNew(): string {
    // Somebody wrote the file anew instead of adding to it: what it says now is what is meant.
    if (fstatSync(this.#fd).size < this.#offset) {
      this.#offset = 0;
      this.#rest = '';
    }
    let text = '';
    const part = Buffer.alloc(1024);
    for (;;) {
      const count = readSync(this.#fd, part, 0, part.length, this.#offset);
      if (count === 0) return text;
      this.#offset += count;
      text += part.toString('latin1', 0, count);
    }
  }
}

function requestOf(line: string): readonly ControlRequest[] {
  const [, word, ms] = /^(stop|extend) (\d+)\r?$/.exec(line) ?? [];
  const limited = Math.min(Number(ms), LONGEST_MS);
  if (word === 'stop') return [{ kind: 'stop', graceMs: limited }];
  if (word === 'extend') return [{ kind: 'extend', byMs: limited }];
  return /^force\r?$/.test(line) ? [{ kind: 'force' }] : [];
}

function textOf(record: object): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** Writes all of it, from `position` on where one is given, and answers how many bytes that were. */
function writeAll(fd: number, content: Buffer | string, position: number | null = null): number {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
  return bytes.length;
}
