import { describe, expect, test } from 'vitest';
import { sourcesIn, withoutComments } from './sources.ts';
import type { Source } from './sources.ts';

const documented = [...sourcesIn('src/main/core'), ...sourcesIn('src/shared')];
const all = sourcesIn('src');

/** Names of exported things without a JSDoc comment right above them. */
function undocumented({ path, text }: Source): readonly string[] {
  const lines = text.split('\n');
  const missing: string[] = [];
  for (const [place, line] of lines.entries()) {
    const name =
      /^export\s+(?:default\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type|enum)\s+(\w+)/.exec(
        line,
      )?.[1];
    if (name === undefined || isDocumented(lines, place)) continue;
    missing.push(`${path}: ${name}`);
  }
  return missing;
}

/**
 * A comment ends on the line above. What is said of a thing also holds for what stands right below it without a blank line,
 * such as the type that is derived from a documented table.
 */
function isDocumented(lines: readonly string[], place: number): boolean {
  const above = lines[place - 1] ?? '';
  if (above.trimEnd().endsWith('*/')) return true;
  if (above.trim() === '') return false;
  // The end of the thing before: its first line is the next export above, if only its own lines are between.
  for (let at = place - 1; at >= 0 && (lines[at] ?? '').trim() !== ''; at -= 1) {
    if (/^export\s/.test(lines[at] ?? '')) return isDocumented(lines, at);
  }
  return false;
}

describe('the scan sees what it judges', () => {
  const names = (text: string): readonly string[] => undocumented({ path: 'x', text });

  test('a thing without a comment is found, one with a comment is not', () => {
    expect(names('export const a = 1;')).toEqual(['x: a']);
    expect(names('/** What a is. */\nexport const a = 1;')).toEqual([]);
    expect(names('// What a is.\nexport function a() {}')).toEqual(['x: a']);
    expect(names('/** Old. */\n\nexport class A {}')).toEqual(['x: A']);
  });

  test('a type right below the table it comes from is said with it', () => {
    expect(names('/** All. */\nexport const ALL = [1] as const;\nexport type One = (typeof ALL)[number];')).toEqual([]);
    expect(names('/** All. */\nexport const ALL = [1] as const;\n\nexport type One = (typeof ALL)[number];')).toEqual([
      'x: One',
    ]);
  });
});

describe('style', () => {
  test('every exported thing of the core and of what is shared says in a comment what it promises', () => {
    expect(documented.flatMap(undocumented)).toEqual([]);
  });

  test('nothing is `any`, and nobody tells the compiler to look away', () => {
    const found = all.flatMap(({ path, text }) => [
      // In .tsx files the text of the page would look the same; there only the lint rule looks.
      ...(path.endsWith('.ts')
        ? [...withoutComments(text, 'strings too').matchAll(/(?::|<|\bas|\|)\s*any\b/g)].map(
            ([word]) => `${path}: ${word}`,
          )
        : []),
      ...[...text.matchAll(/@ts-(?:ignore|nocheck|expect-error)/g)].map(([word]) => `${path}: ${word}`),
    ]);
    expect(found).toEqual([]);
  });

  test('nothing is left to do in the code', () => {
    const found = all.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:TODO|FIXME|XXX|HACK)\b/g)].map(([word]) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  test('there is no drawer for everything: no utils, no helpers, no barrels', () => {
    const drawers = all.map(({ path }) => path).filter((path) => /\/(?:utils?|helpers?|misc|common)\.tsx?$/.test(path));
    const barrels = all
      .filter(({ path, text }) => /\/index\.tsx?$/.test(path) && /^export (?:\*|\{)[^;]*from/m.test(text))
      .map(({ path }) => path);
    expect([...drawers, ...barrels]).toEqual([]);
  });

  test('nothing but what runs in a terminal writes to the console', () => {
    const found = sourcesIn('src/main/core').flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(/\bconsole\.\w+/g)].map(([word]) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});
