import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** One source file, by its path from the root with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The TypeScript files beneath a folder of the root. */
export function sourcesIn(folder: string): readonly Source[] {
  return globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT })
    .map((path) => ({ path: path.replaceAll(sep, '/'), text: readFileSync(join(ROOT, path), 'utf8') }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** The text with comments blanked out, line for line; strings stay unless they are to go too. */
export function withoutComments(text: string, strings: 'strings stay' | 'strings too' = 'strings stay'): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(tokens, (token) =>
    token.startsWith('/') || strings === 'strings too' ? token.replaceAll(/[^\n]/g, ' ') : token,
  );
}

/** What a file imports, exports from, or loads, as written. */
export function importsOf(source: Source): readonly string[] {
  const code = withoutComments(source.text);
  const statements =
    /(?:^|[;\n])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...code.matchAll(statements)].map(([, statement, call]) => statement ?? call ?? '');
}

/** The path from the root that a relative import means. */
export function resolved(source: Source, specifier: string): string {
  return relative(ROOT, join(ROOT, dirname(source.path), specifier)).replaceAll(sep, '/');
}
