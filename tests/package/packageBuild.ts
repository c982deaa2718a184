import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDeb } from '../../scripts/package/debian.ts';
import { makeFolder } from '../../scripts/package/folder.ts';
import { buildNames } from '../../scripts/package/names.ts';
import type { BuildNames } from '../../scripts/package/names.ts';
import { repoRoot } from '../../scripts/setup/paths.mjs';
import { findRuntime } from '../../scripts/setup/runtime.mjs';
import type { Runtime } from '../../scripts/setup/runtime.mjs';
import { isOnPath } from '../../scripts/setup/systemPackages.mjs';

/** Why no package can be made here, or null. */
export function cannotPackage(): string | null {
  if (process.platform !== 'linux') return 'folder and .deb are made on Linux';
  if (!isOnPath('dpkg-deb')) return 'there is no dpkg-deb';
  return findRuntime() === null ? 'no Electron runtime is set up' : null;
}

/** A package in a folder of its own: the runnable folder and the quickly packed .deb. */
export class PackageBuild {
  readonly out = mkdtempSync(join(tmpdir(), 'trainyard-package-'));
  readonly names: BuildNames;
  readonly #runtime: Runtime;

  constructor() {
    const runtime = findRuntime();
    if (runtime === null) throw new Error('no Electron runtime is set up');
    this.#runtime = runtime;
    this.names = buildNames(repoRoot, runtime);
  }

  get folder(): string {
    return join(this.out, this.names.folder);
  }

  makeFolder(): Promise<void> {
    return makeFolder(repoRoot, this.folder, this.names, this.#runtime);
  }

  /** The .deb's path. Its files have one time, whatever is committed meanwhile. */
  async makeDeb(): Promise<string> {
    process.env['SOURCE_DATE_EPOCH'] = '1700000000';
    const { path } = await makeDeb({ root: repoRoot, folder: this.folder, out: this.out, names: this.names }, 'quick');
    return path;
  }

  remove(): void {
    rmSync(this.out, { recursive: true, force: true });
  }
}
