import { spawnSync } from 'node:child_process';
import type { ProcessStat } from './processTable.ts';

/**
 * The process table where there is no /proc (macOS, the BSDs), by one call of ps(1) a look.
 * Written from the manual pages; the tests only run its parser and, where ps takes the same options, the call on Linux.
 */
const COLUMNS = 'pid=,ppid=,pgid=,state=,lstart=';

/** A machine with very many processes and their environments. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Every process of the machine. */
export function allByPs(): readonly ProcessStat[] {
  return parsePs(ps(['-axo', COLUMNS]));
}

/** The line of one process, or null when there is none. */
export function statByPs(pid: number): ProcessStat | null {
  return parsePs(ps(['-o', COLUMNS, '-p', String(pid)]))[0] ?? null;
}

/** Numbers of the processes that show `NAME=value` in their environment; hardened programs of the system do not show theirs. */
export function taggedByPs(name: string, value: string): ReadonlySet<number> {
  const tagged = new Set<number>();
  for (const line of ps(['-axEwwo', 'pid=,command=']).split('\n')) {
    if (`${line} `.includes(` ${name}=${value} `)) tagged.add(Number.parseInt(line, 10));
  }
  return tagged;
}

/**
 * Lines of `pid ppid pgid state lstart`. The start is the text itself: it has whole seconds, so a number that is given
 * away again within one second of its first start is taken for the same process. There are no sessions in it: the group
 * stands for them, since a detached start makes both.
 */
export function parsePs(text: string): readonly ProcessStat[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, start] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (pid === undefined || parent === undefined || group === undefined || state === undefined || start === undefined)
      return [];
    const numbers = { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group) };
    return [{ ...numbers, state, threads: 1, start }];
  });
}

function ps(options: readonly string[]): string {
  const { stdout } = spawnSync('ps', options, {
    encoding: 'utf8',
    maxBuffer: LARGEST_ANSWER,
    // Starts are compared as text: never in the user's language or time zone, which app and runner may see differently.
    // And without our own variables, or ps would look like a member.
    env: { PATH: process.env['PATH'] ?? '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
  });
  return stdout ?? '';
}
