import { existsSync, readdirSync, readFileSync, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One process for ever (within one boot): its number and its start time, field 22 of `/proc/<pid>/stat`. */
export interface Identity {
  readonly pid: number;
  readonly start: string;
}

export interface Stat extends Identity {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** User and system time in clock ticks. */
  readonly ticks: number;
}

/** What the kernel says about a process, or null when there is none of that number. */
export function readStat(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name may hold spaces and brackets: the fields begin after the last bracket, with number 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  return {
    pid,
    state: field(3),
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    ticks: Number(field(14)) + Number(field(15)),
    threads: Number(field(20)),
    start: field(22),
  };
}

/** Gone means: no such process any more, or a zombie with no other thread. A zombie with threads lives. */
export function isGone({ pid, start }: Identity): boolean {
  const stat = readStat(pid);
  return stat === null || stat.start !== start || (stat.state === 'Z' && stat.threads <= 1);
}

/** The living children of a process, from the table of all processes. */
export function childrenOf(pid: number | undefined): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null && stat.parent === pid && !isGone(stat)) as Stat[];
}

/** Sends a signal to exactly this process, if it is still the same one. */
export function signalIdentity(identity: Identity, signal: NodeJS.Signals): void {
  if (identity.pid <= 1 || readStat(identity.pid)?.start !== identity.start) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended in between.
  }
}

/** Calls `check` whenever something in `directory` changes (and, as the kernel has no event for /proc, every few
 *  milliseconds) until it gives a value. */
export async function until<T>(
  what: string,
  check: () => T | null | undefined | false,
  directory?: string,
  limitMs = 20_000,
): Promise<T> {
  const first = check();
  if (first) return first;
  return await new Promise<T>((resolve, reject) => {
    const look = (): void => {
      let value: T | null | undefined | false;
      try {
        value = check();
      } catch (error) {
        finish();
        reject(error as Error);
        return;
      }
      if (!value) return;
      finish();
      resolve(value);
    };
    const watcher = directory === undefined ? null : watch(directory, look);
    const ticker = setInterval(look, directory === undefined ? 4 : 50);
    const limit = setTimeout(() => {
      finish();
      reject(new Error(`waited ${limitMs} ms for: ${what}`));
    }, limitMs);
    function finish(): void {
      watcher?.close();
      clearInterval(ticker);
      clearTimeout(limit);
    }
    look();
  });
}

/** Waits until the file is there and gives its text. */
export async function untilFile(path: string, limitMs?: number): Promise<string> {
  await until(`${basename(path)} in ${dirname(path)}`, () => existsSync(path), dirname(path), limitMs);
  return readFileSync(path, 'utf8');
}

export async function untilGone(identities: readonly Identity[], limitMs?: number): Promise<void> {
  await until('processes gone', () => identities.every(isGone), undefined, limitMs);
}

/** The processes that wrote "<pid> <start>" into `*.pid` files in a folder. */
export function announcedIn(directory: string): Identity[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.pid'))
    .map((name) => readFileSync(join(directory, name), 'utf8').trim().split(' '))
    .map(([pid, start]) => ({ pid: Number(pid), start: start ?? '' }));
}
