import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readStat } from '../helpers/process.ts';

/** A process below another, with its command line. */
interface Below {
  readonly pid: number;
  readonly command: string;
}

/** Every process below `root`, children of children too, as the kernel has it now. */
export function childrenDeep(root: number): readonly Below[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null);
  const below = (parent: number): readonly number[] =>
    all.filter((stat) => stat.parent === parent).flatMap(({ pid }) => [pid, ...below(pid)]);
  return below(root).map((pid) => ({ pid, command: commandLine(pid) }));
}

/** The mode of its system-call filter: 0 none, 2 a filter. */
export function seccompOf(pid: number): string {
  return /^Seccomp:\s+(\d)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

/** Which namespace of a kind a process is in. */
export function namespaceOf(pid: number, kind: 'pid' | 'net' | 'user'): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
