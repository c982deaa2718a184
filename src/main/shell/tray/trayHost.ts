import { connectSessionBus, variantValue } from '../dbus/sessionBus.ts';
import { within } from '../../within.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
/** A desktop that does not answer by then counts as one without a tray. */
const ANSWER_LIMIT_MS = 5_000;

/**
 * Whether somebody shows tray icons on this desktop now. macOS and Windows always do. On Linux a StatusNotifierWatcher has to
 * say that a host is registered; trays of the older XEmbed kind are not looked for.
 */
export async function hasTrayHost(): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  return within(ANSWER_LIMIT_MS, isHostRegistered()).catch(() => false);
}

async function isHostRegistered(): Promise<boolean> {
  const bus = await connectSessionBus();
  try {
    const { body } = await bus.call({
      destination: WATCHER,
      path: '/StatusNotifierWatcher',
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [WATCHER, 'IsStatusNotifierHostRegistered'],
    });
    return variantValue(body[0]) === true;
  } finally {
    bus.close();
  }
}
