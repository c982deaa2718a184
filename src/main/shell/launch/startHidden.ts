import { setTimeout as sleep } from 'node:timers/promises';
import { hasTrayHost } from '../tray/trayHost.ts';
import type { WindowHost } from '../window/windowHost.ts';

/** At login the tray's host may come up after the app. */
const TRAY_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

/** Starts without a window where there is a tray to find the app in; where none comes up, with one that is minimised. */
export async function startHidden(host: WindowHost): Promise<void> {
  for (const end = Date.now() + TRAY_LIMIT_MS; Date.now() < end;) {
    if (await hasTrayHost()) return;
    await sleep(LOOK_EVERY_MS);
  }
  if (host.isOpen) return;
  host.show();
  const { window } = host;
  window?.once('show', () => window.minimize());
}
