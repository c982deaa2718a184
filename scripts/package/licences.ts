import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closureOf, productionNames } from './productionModules.ts';

const RULE = '='.repeat(80);

/** The licence of every npm library that the package holds, as a file or inside the bundle, with its text. */
export function libraryLicences(root: string): string {
  const packages = closureOf(root, [...productionNames(root), ...bundledNames(root)]);
  const parts = packages.map(({ path, name, version, license }) => {
    const text = licenceText(join(root, path)) ?? 'The package has no text of its licence.';
    return `${RULE}\n${name} ${version} (${license})\n${RULE}\n\n${text.trim()}\n`;
  });
  return `Trainyard holds these libraries. Electron's own licences are in LICENSE.electron.txt and LICENSES.chromium.html.\n\n${parts.join('\n')}`;
}

/** Dependencies of development that the bundle takes in: those that a source imports. */
function bundledNames(root: string): readonly string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const imported = new Set(
    readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .flatMap((path) => [...readFileSync(join(root, 'src', path), 'utf8').matchAll(/(?:from|import) '([^'.][^']*)'/g)])
      .map(([, specifier = '']) => packageOf(specifier)),
  );
  // Electron comes with its own files.
  return Object.keys(devDependencies).filter((name) => imported.has(name) && name !== 'electron');
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function licenceText(folder: string): string | null {
  const name = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return name === undefined ? null : readFileSync(join(folder, name), 'utf8');
}
