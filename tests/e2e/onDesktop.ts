import { readDiscovery } from '../../src/main/core/api/http/discovery.ts';
import { NotificationServer } from '../helpers/dbusNotifications.ts';
import { noBus, PrivateBus } from '../helpers/dbusSession.ts';
import { TrayHost } from '../helpers/dbusTray.ts';
import { required } from '../../src/shared/result.ts';
import { test as base, endAfter, RunningApp } from './app.ts';

/** A desktop of the test: a bus with a tray and a notification server on it, and the app that lives there. */
export interface TestDesktop {
  readonly bus: PrivateBus;
  readonly tray: TrayHost;
  readonly notifications: NotificationServer;
}

/** A test with the app on a desktop of its own. */
export const test = base.extend<{ desktop: TestDesktop }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern
  desktop: async ({}, use) => {
    base.skip(noBus !== null, noBus ?? '');
    const bus = await PrivateBus.start();
    try {
      await use({ bus, tray: await TrayHost.start(bus), notifications: await NotificationServer.start(bus) });
    } finally {
      await bus.end();
    }
  },
  // Of its own, so that it ends before its desktop does.
  cold: async ({ desktop }, use, info) => {
    const app = new RunningApp();
    app.env = desktopEnvironment(desktop.bus);
    try {
      await use(app);
    } finally {
      await endAfter(info, app);
    }
  },
});

/** What tells the app which desktop it is on. */
export function desktopEnvironment({ address }: PrivateBus): Readonly<Record<string, string>> {
  return { DBUS_SESSION_BUS_ADDRESS: address, XDG_CURRENT_DESKTOP: 'KDE' };
}

/** Closes the window by its own button, so that the app lives in the tray alone. Resolves when it is not seen any more. */
export function closeWindow(app: RunningApp): Promise<void> {
  return app.electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    return new Promise<void>((done) => {
      window?.once('hide', () => done());
      window?.close();
    });
  });
}

/** Submits over the loopback door: the window selects what is submitted in it, and nobody is told of what he looks at. */
export async function submitElsewhere(
  app: RunningApp,
  name: string,
  command: readonly string[],
  more: object = {},
): Promise<void> {
  const { port, token } = required(readDiscovery(app.data), 'the app serves its door');
  const response = await fetch(`http://127.0.0.1:${port}/api/training/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ command, cwd: app.home, name, ...more }),
  });
  if (!response.ok) throw new Error(`submit: ${response.status} ${await response.text()}`);
}

/** Whether a person can see the window. */
export function isWindowShown(app: RunningApp): Promise<boolean> {
  return app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().some((window) => window.isVisible()),
  );
}
