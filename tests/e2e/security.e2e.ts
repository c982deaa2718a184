import { join } from 'node:path';
import { expect } from '@playwright/test';
import { ROOT, test } from './app.ts';

test('another window with the same preload script is not answered, and neither is a frame', async ({ app }) => {
  const answer = await app.electron.evaluate(
    async ({ BrowserWindow }, preload) => {
      const other = new BrowserWindow({
        show: false,
        webPreferences: { preload, contextIsolation: true, sandbox: true },
      });
      try {
        await other.loadURL('data:text/html,other');
        return (await other.webContents.executeJavaScript(`trainyard.request('about.get', {})`)) as unknown;
      } finally {
        other.destroy();
      }
    },
    join(ROOT, 'out/preload/index.cjs'),
  );
  expect(answer).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });

  const frames = await app.page.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.src = location.href;
    const loaded = new Promise((done) => frame.addEventListener('load', done));
    document.body.append(frame);
    await loaded;
    try {
      return frame.contentDocument?.body.childElementCount ?? 0;
    } finally {
      frame.remove();
    }
  });
  expect(frames).toBe(0);
});

test('the page gets its own files and no other: not by its protocol, not by file:, not from the net', async ({
  app,
}) => {
  const tried = await app.page.evaluate(async () => {
    const load = (address: string, tag: 'script' | 'img'): Promise<boolean> =>
      new Promise((done) => {
        const element = document.createElement(tag);
        element.addEventListener('load', () => done(true));
        element.addEventListener('error', () => done(false));
        element.src = address;
        document.head.append(element);
      });
    return {
      own: await load('./theme.js', 'script'),
      above: await load('trainyard-page://window/%2e%2e/main/index.js', 'script'),
      deepAbove: await load('trainyard-page://window/..%2fmain%2findex.js', 'script'),
      otherHost: await load('trainyard-page://elsewhere/theme.js', 'script'),
      file: await load('file:///usr/share/pixmaps/debian-logo.png', 'img'),
      net: await load('https://example.com/logo.png', 'img'),
      fetched: await fetch('trainyard-page://window/index.html').then(
        () => true,
        () => false,
      ),
      evaluated: (() => {
        try {
          // oxlint-disable-next-line no-new-func -- that it does not work is what is tested
          return new Function('return 1')() === 1;
        } catch {
          return false;
        }
      })(),
    };
  });
  expect(tried).toEqual({
    own: true,
    above: false,
    deepAbove: false,
    otherHost: false,
    file: false,
    net: false,
    fetched: false,
    evaluated: false,
  });
});

test('the page may write to the clipboard and is refused camera, location, notifications and devices', async ({
  app,
}) => {
  const states = await app.page.evaluate(async () => {
    const state = async (name: string): Promise<string> =>
      (await navigator.permissions.query({ name: name as PermissionName })).state;
    return {
      camera: await state('camera'),
      microphone: await state('microphone'),
      geolocation: await state('geolocation'),
      notifications: await state('notifications'),
      clipboardRead: await state('clipboard-read'),
      clipboardWrite: await state('clipboard-write'),
      media: await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'given',
        () => 'refused',
      ),
    };
  });
  expect(states).toEqual({
    camera: 'denied',
    microphone: 'denied',
    geolocation: 'denied',
    notifications: 'denied',
    clipboardRead: 'denied',
    clipboardWrite: 'granted',
    media: 'refused',
  });
});

test('the window has the safe preferences, all of them, whatever Electron’s defaults become', async ({ app }) => {
  const preferences = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  });
  expect(preferences['nodeIntegrationInWorker'] ?? false).toBe(false);
  expect(preferences['enableBlinkFeatures'] ?? '').toBe('');
});
