import { closeSync, readdirSync, readlinkSync } from 'node:fs';

/** stdin, stdout and stderr are the runner's own. */
const FIRST_INHERITED = 3;

/**
 * Closes the sockets and pipes that this process was started with: they are the app's, and whoever waits for their end
 * would wait for the run. Linux only. Called first, when Node itself has no socket yet, and of each of its own pipes both ends.
 */
export function closeInheritedFiles(): void {
  const open = openFiles();
  const ends = new Map<string, number>();
  for (const { target } of open) ends.set(target, (ends.get(target) ?? 0) + 1);
  for (const { fd, target } of open) {
    const isForeignPipe = target.startsWith('pipe:') && ends.get(target) === 1;
    if (isForeignPipe || target.startsWith('socket:')) closeQuietly(fd);
  }
}

function openFiles(): readonly { readonly fd: number; readonly target: string }[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => fd >= FIRST_INHERITED)
      .flatMap((fd) => {
        const target = targetOf(fd);
        return target === null ? [] : [{ fd, target }];
      });
  } catch {
    return [];
  }
}

function targetOf(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // It was that of the listing itself.
    return null;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Gone already: that is what was wanted.
  }
}
