import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { deadLinks, namedScripts, page, pages } from './docs.ts';

const scripts = new Set(Object.keys(manifest.scripts));

describe('the scan sees what it judges', () => {
  const links = (text: string): readonly string[] => deadLinks({ path: 'docs/x.md', text });

  test('a link to a file or heading that is not there is found, one that leads somewhere is not', () => {
    expect(links('[a](nowhere.md) and [b](cli.md#nothing-of-it)')).toEqual(['nowhere.md', 'cli.md#nothing-of-it']);
    expect(links('[a](cli.md#exit-codes), [b](../README.md), [c](https://example.org/x), `[d](e)`')).toEqual([]);
    expect(links('# One & two\n[a](#one--two) [b](#three)')).toEqual(['#three']);
  });

  test('scripts are read with their colons, and without what is told to npm itself', () => {
    expect(namedScripts({ path: 'x', text: '`npm run -s gpus:parse -- FILE`, npm run bench.' })).toEqual([
      'gpus:parse',
      'bench',
    ]);
  });
});

describe('docs', () => {
  test('every link between pages leads to a file and a heading that are there', () => {
    expect(pages().flatMap((each) => deadLinks(each).map((link) => `${each.path}: ${link}`))).toEqual([]);
  });

  test('every script that a page names can be run', () => {
    const unknown = pages().flatMap((each) =>
      namedScripts(each)
        .filter((name) => !scripts.has(name))
        .map((name) => `${each.path}: npm run ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('the README names every script', () => {
    const { text } = page('README.md');
    const named = new Set([
      ...namedScripts({ path: '', text }),
      ...['start', 'test'].filter((name) => text.includes(`npm ${name}`)),
    ]);
    expect([...scripts].filter((name) => !named.has(name))).toEqual([]);
  });
});
