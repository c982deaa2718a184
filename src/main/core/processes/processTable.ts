import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { uptime } from 'node:os';
import { allByPs, statByPs, taggedByPs } from './psTable.ts';

/** Whether the kernel itself shows its process table as files. */
export const HAS_PROC = existsSync('/proc/self/stat');

/** One line of the kernel's process table. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** One letter, proc(5). */
  readonly state: string;
  readonly threads: number;
  /**
   * Field 22: when it started, in ticks since boot. Together with pid and boot id it names one process for ever.
   * Without /proc: the second in which it started, as ps(1) writes it; on Windows always '0'.
   */
  readonly start: string;
}

/** A process that cannot be mistaken for another one of this boot. */
export interface ProcessName {
  readonly pid: number;
  readonly start: string;
}

/** This boot's id: pids mean nothing in another one. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No such file outside Linux: the minute of the boot tells boots apart.
    return `${process.platform}-${Math.round((Date.now() / 1_000 - uptime()) / 60)}`;
  }
}

/** The process table's line for `pid`, or null when there is none. */
export function statOf(pid: number): ProcessStat | null {
  if (process.platform === 'win32') return statOnWindows(pid);
  if (!HAS_PROC) return statByPs(pid);
  const text = statText(pid);
  if (text === null) return null;
  // The program's name stands in parentheses and may hold both spaces and parentheses: split at the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  const threads = fields[17];
  const start = fields[19];
  if (state === undefined || threads === undefined || start === undefined) return null;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    threads: Number(threads),
    start,
  };
}

/** A line of 52 numbers and a name of 15 characters at most is shorter. */
const statLine = Buffer.alloc(2_048);

/** Every process of the machine is read so, again and again: three calls each, where reading a file takes twice as long. */
function statText(pid: number): string | null {
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r');
    try {
      return statLine.toString('latin1', 0, readSync(file, statLine, 0, statLine.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

/** Whether that very process is there. A zombie is gone, unless another of its threads lives on. */
export function isAlive({ pid, start }: ProcessName): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.start === start && isLiving(stat);
}

/** Whether a line of the table is of a process that still does something. */
export function isLiving({ state, threads }: ProcessStat): boolean {
  return !(state === 'Z' && threads <= 1);
}

/** Every process of the machine, as it is now. */
export function allProcesses(): readonly ProcessStat[] {
  if (process.platform === 'win32') return [];
  if (!HAS_PROC) return allByPs();
  return processIds().flatMap((pid) => statOf(pid) ?? []);
}

/** The numbers of all processes of the machine. Only where there is /proc. */
export function processIds(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
  } catch {
    return [];
  }
}

/** Every process below `root`, `root` not included. */
export function descendantsOf<P extends Pick<ProcessStat, 'pid' | 'parent'>>(
  root: number,
  table: readonly P[],
): readonly P[] {
  const children = new Map<number, P[]>();
  for (const stat of table) {
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [stat]);
    else siblings.push(stat);
  }
  const found: P[] = [];
  const open = [root];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      open.push(child.pid);
    }
  }
  return found;
}

/** Processes whose environment holds `NAME=value` whole. Finds candidates and proves nothing: a program can rewrite its environment. */
export function processesWithVariable(
  name: string,
  value: string,
  among: readonly ProcessStat[] = allProcesses(),
): readonly ProcessStat[] {
  if (value === '') return [];
  if (!HAS_PROC) {
    if (process.platform === 'win32') return [];
    const tagged = taggedByPs(name, value);
    return among.filter(({ pid }) => tagged.has(pid));
  }
  const wanted = `${name}=${value}`;
  return among.filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(wanted);
    } catch {
      return false;
    }
  });
}

/** Where the kernel has a process wait (the name of a function), or null where it does not say. */
export function waitsIn(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/wchan`, 'latin1').trim();
    return text === '' || text === '0' ? null : text;
  } catch {
    return null;
  }
}

/** Whether a process of that number is there, which is all that Node tells on Windows. Not run by our tests. */
function statOnWindows(pid: number): ProcessStat | null {
  try {
    process.kill(pid, 0);
    return { pid, parent: 0, group: 0, session: 0, state: '?', threads: 1, start: '0' };
  } catch {
    return null;
  }
}
