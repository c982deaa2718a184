import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A disk of the test's own that can fail as real ones do: the kernel makes it read-only under the programs that use it. Needs root and a loop device. */
export class FailingDisk {
  readonly #path: string;
  readonly #image: string;

  /** Mounts an empty disk on `path`; its content is kept in the file `image`, which lies elsewhere. */
  constructor(path: string, image: string) {
    this.#path = path;
    this.#image = image;
    mkdirSync(path, { recursive: true });
    run('truncate', '-s', '48M', image);
    run('mkfs.ext4', '-q', '-F', image);
    this.#mount();
  }

  /** From now on the kernel refuses every write, also to files that are open. */
  fail(): void {
    run('mount', '-o', 'remount,abort', this.#path);
  }

  /** Repaired and mounted again. Nothing may have a file open on it. */
  repair(): void {
    run('umount', this.#path);
    try {
      run('fsck.ext4', '-y', this.#image);
    } catch (error) {
      // 1: errors were there and are corrected.
      if ((error as { readonly status?: unknown }).status !== 1) throw error;
    }
    this.#mount();
  }

  #mount(): void {
    run('mount', '-o', 'loop,errors=remount-ro', this.#image, this.#path);
    run('chmod', '700', this.#path);
  }

  [Symbol.dispose](): void {
    run('umount', '-l', this.#path);
  }
}

function run(program: string, ...words: string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
