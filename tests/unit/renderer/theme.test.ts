import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { THEME_KEY, chooseTheme, readTheme } from '../../../src/renderer/state/theme.ts';

function page(kept: string | null) {
  const values = new Map(kept === null ? [] : [[THEME_KEY, kept]]);
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => values.set(key, value),
    removeItem: (key: string) => values.delete(key),
  };
  return { storage, root: { dataset: {} as DOMStringMap } };
}

/** What stands at the document before the first paint. */
function atFirstPaint({ storage, root }: ReturnType<typeof page>): string | undefined {
  const script = readFileSync(resolve(import.meta.dirname, '../../../src/renderer/public/theme.js'), 'utf8');
  runInNewContext(script, { localStorage: storage, document: { documentElement: root } });
  return root.dataset['theme'];
}

it('a chosen theme is shown at once and before the next first paint', () => {
  const first = page(null);
  expect([readTheme(first), atFirstPaint(first)]).toEqual(['system', undefined]);
  chooseTheme(first, 'dark');
  expect([first.root.dataset['theme'], readTheme(first)]).toEqual(['dark', 'dark']);
  expect(atFirstPaint({ ...first, root: { dataset: {} } })).toBe('dark');
  chooseTheme(first, 'system');
  expect(first.root.dataset['theme']).toBeUndefined();
  expect(atFirstPaint({ ...first, root: { dataset: {} } })).toBeUndefined();
});

it('what is kept and is no theme counts as none', () => {
  expect([readTheme(page('sepia')), atFirstPaint(page('sepia'))]).toEqual(['system', undefined]);
});
