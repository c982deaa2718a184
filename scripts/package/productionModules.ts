import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

/** An installed npm package: where it lies in the clone, such as `node_modules/zod`, and what it says of itself. */
export interface InstalledPackage {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** These packages and all they depend on, found as Node finds them, ordered by path. Throws when one is not installed. */
export function closureOf(root: string, names: readonly string[]): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const add = (name: string, from: string, optional: boolean): void => {
    const path = locate(root, name, from);
    if (path === null) {
      if (optional) return;
      throw new Error(`${name}, wanted by ${from || 'the app'}, is not in node_modules`);
    }
    if (found.has(path)) return;
    const manifest = manifestIn(join(root, path));
    found.set(path, { path, name, version: manifest.version, license: manifest.license ?? 'unknown' });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency, path, false);
    for (const dependency of Object.keys(manifest.optionalDependencies ?? {})) add(dependency, path, true);
  };
  for (const name of names) add(name, '', false);
  return [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The names of the app's own production dependencies. */
export function productionNames(root: string): readonly string[] {
  return Object.keys(manifestIn(root).dependencies ?? {});
}

/** The nearest node_modules above `from` that has the package, as a path in the clone. */
function locate(root: string, name: string, from: string): string | null {
  const folders = createRequire(join(root, from, 'package.json')).resolve.paths(name) ?? [];
  const folder = folders.find((candidate) => existsSync(join(candidate, name, 'package.json')));
  return folder === undefined ? null : relative(root, join(folder, name));
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
