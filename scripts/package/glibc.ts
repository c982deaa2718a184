import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The newest version of glibc that a program or library in a folder asks for, such as `2.28`. */
export function newestGlibc(folder: string): string {
  let newest: readonly [number, number] = [2, 17];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    if (!bytes.subarray(0, 4).equals(ELF)) continue;
    for (const [, major, minor] of bytes.toString('latin1').matchAll(/\0GLIBC_(\d)\.(\d{1,2})(?=[.\d]*\0)/g)) {
      const asked = [Number(major), Number(minor)] as const;
      if (asked[0] > newest[0] || (asked[0] === newest[0] && asked[1] > newest[1])) newest = asked;
    }
  }
  return newest.join('.');
}

const ELF = Buffer.from('\x7fELF', 'latin1');
