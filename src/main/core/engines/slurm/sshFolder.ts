import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statOf } from '../../processes/processTable.ts';

/** The name holds the process that made it and when that began: a pid alone may be another's by then. */
const NAME = /^trainyard-ssh-(\d+)-(\d+)-[^/]+$/;

/** Makes the private folder of a connection. Paths of sockets are short (108 bytes), those of data folders need not be. */
export function makeSshFolder(root: string = tmpdir()): string {
  const start = statOf(process.pid)?.start ?? '';
  return mkdtempSync(join(root, `trainyard-ssh-${process.pid}-${/^\d+$/.test(start) ? start : '0'}-`));
}

/** Removes such folders of this user whose process is gone, as `kill -9` leaves them. Never throws: what stays is a few bytes. */
export function sweepSshFolders(root: string = tmpdir()): void {
  try {
    for (const name of readdirSync(root)) {
      const [, pid, start] = NAME.exec(name) ?? [];
      if (pid === undefined || start === undefined) continue;
      const owner = statOf(Number(pid));
      if (owner !== null && (start === '0' || owner.start === start)) continue;
      const path = join(root, name);
      const stat = lstatSync(path);
      if (stat.isDirectory() && stat.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Another app may sweep at the same moment.
  }
}
