import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasDisplay, isOnPath } from '../../scripts/setup/systemPackages.mjs';
import { withDisplays } from '../../scripts/test/displays.mjs';

const missing = hasDisplay()
  ? 'this session has a display, which is used'
  : ['Xvfb', 'dbus-daemon'].every(isOnPath)
    ? null
    : 'there is no Xvfb or no dbus-daemon (Debian: xvfb, dbus)';

// Two windows on one display take the keyboard from each other; two apps on one bus have each other's tray.
test('tests of the window that run beside each other share neither a display nor a bus, and both end', async (context) => {
  context.skip(missing !== null, missing ?? '');
  const displays = await withDisplays(2);
  const each = JSON.parse(displays.env['TRAINYARD_TEST_DISPLAYS'] ?? '[]') as NodeJS.ProcessEnv[];
  const sockets = each.map(({ DISPLAY }) => `/tmp/.X11-unix/X${DISPLAY?.slice(1)}`);
  try {
    expect(new Set(each.map(({ DISPLAY }) => DISPLAY)).size).toBe(2);
    expect(new Set(each.map(({ DBUS_SESSION_BUS_ADDRESS }) => DBUS_SESSION_BUS_ADDRESS)).size).toBe(2);
    expect(displays.env).toMatchObject(each[0] ?? {});
    expect(sockets.map((path) => existsSync(path))).toEqual([true, true]);
  } finally {
    await displays.dispose();
  }
  expect(sockets.map((path) => existsSync(path))).toEqual([false, false]);
});
