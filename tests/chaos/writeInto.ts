import { readFileSync, writeFileSync } from 'node:fs';

/** Puts a text between `<!-- name -->` and `<!-- /name -->` of a page. Throws when the page has no such place. */
export function writeInto(path: string, name: string, text: string): void {
  const page = readFileSync(path, 'utf8');
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = page.indexOf(open);
  const to = page.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${path} has no place ${open}`);
  writeFileSync(path, `${page.slice(0, from + open.length)}\n${text.trim()}\n${page.slice(to)}`);
}
