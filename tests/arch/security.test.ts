import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, sourcesIn, withoutComments } from './sources.ts';

/** Files whose code matches, comments aside. */
function using(folder: string, pattern: RegExp): readonly string[] {
  return sourcesIn(folder)
    .filter(({ text }) => pattern.test(withoutComments(text)))
    .map(({ path }) => path);
}

describe('what opens a door is nowhere in the code', () => {
  test('the window makes no HTML out of text, and no code', () => {
    const making =
      /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write\b|\beval\(|new Function\(|\bsrcdoc\b/;
    expect(using('src/renderer', making)).toEqual([]);
  });

  test('nothing is run through a shell', () => {
    expect(
      using('src', /shell:\s*true|\bexecSync\(|\bimport \{[^}]*\bexec\b[^}]*\} from 'node:child_process'/),
    ).toEqual([]);
  });

  test('no safe default of Electron is switched off', () => {
    const unsafe =
      /webSecurity:\s*false|nodeIntegration(?:InWorker|InSubFrames)?:\s*true|contextIsolation:\s*false|sandbox:\s*false|allowRunningInsecureContent:\s*true|experimentalFeatures:\s*true|enableBlinkFeatures|webviewTag:\s*true|bypassCSP|executeJavaScript\(|certificate-error|remote\.enable/;
    expect(using('src', unsafe)).toEqual([]);
  });

  test('the preload script gives the page no more than its bridge', () => {
    const preload = sourcesIn('src/preload')
      .map(({ text }) => withoutComments(text))
      .join('\n');
    expect([...preload.matchAll(/exposeInMainWorld\('(\w+)'/g)].map(([, name]) => name)).toEqual(['trainyard']);
    expect(preload).not.toMatch(/ipcRenderer\.(?:send|sendSync|postMessage)\b|:\s*ipcRenderer\b/);
  });

  test('the page’s policy lets in its own scripts and styles, and connects to nothing', () => {
    const html = readFileSync(join(ROOT, 'src/renderer/index.html'), 'utf8');
    const policy = /Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '';
    const rules = new Map(
      policy.split(';').map((rule) => [rule.trim().split(' ')[0], rule.trim().split(' ').slice(1)]),
    );
    expect(rules.get('default-src')).toEqual(["'none'"]);
    expect(rules.get('script-src')).toEqual(["'self'"]);
    expect(rules.get('connect-src')).toEqual(["'none'"]);
    expect(rules.get('base-uri')).toEqual(["'none'"]);
    expect(rules.get('form-action')).toEqual(["'none'"]);
    expect(policy).not.toContain('unsafe');
  });

  test('the only address that is opened outside is one of https', () => {
    const opening = sourcesIn('src/main').filter(({ text }) => withoutComments(text).includes('openExternal('));
    expect(opening.map(({ path }) => path)).toEqual(['src/main/shell/window/mainWindow.ts']);
    expect(opening[0]?.text).toMatch(/OUTSIDE = \/\^https:/);
  });
});
