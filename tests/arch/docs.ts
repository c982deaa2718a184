import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { ROOT } from './sources.ts';

/** One page, by its path from the root with `/`. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The page at a path from the root. */
export function page(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** Every page that people read: the README, docs, and those that stand beside the code. */
export function pages(): readonly Page[] {
  return globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'resources/**/*.md', 'tests/**/*.md'], { cwd: ROOT })
    .map((path) => page(path.replaceAll(sep, '/')))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** The text outside of fenced blocks and code spans, in which `[a](b)` is a link. */
function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

/** The anchor that GitHub gives to a heading. */
function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Links of a page to a file or a heading that is not there, as written. Addresses on the net are not looked at. */
export function deadLinks({ path, text }: Page): readonly string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(path, text, link));
}

function leadsSomewhere(path: string, text: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = join(ROOT, dirname(path), file);
  if (file !== '' && !existsSync(target)) return false;
  if (anchor === undefined) return true;
  const there = file === '' ? text : readFileSync(target, 'utf8');
  return [...there.matchAll(/^#+ (.*)$/gm)].some(([, heading]) => anchorOf(heading ?? '') === anchor);
}

/** The scripts that a page tells its reader to run with `npm run`. */
export function namedScripts({ text }: Page): readonly string[] {
  return [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name]) => name ?? '');
}
