import { BUS, connectSessionBus } from '../dbus/sessionBus.ts';
import type { SessionBus } from '../dbus/sessionBus.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const APPEARED = `type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${WATCHER}'`;

/** Whether this desktop shows tray icons. */
export interface HostWatch {
  readonly isThere: boolean;
  [Symbol.dispose](): void;
}

/**
 * Calls `onHost` once if nobody shows tray icons now and somebody begins to: at login the panel may come up after the app, and
 * Chromium then settles for a kind of icon that this panel does not know. A panel that is started again is told by Chromium.
 * Resolves when it listens; never rejects. Other systems keep their icons themselves.
 */
export async function watchHost(onHost: () => void, log: (line: string) => void): Promise<HostWatch> {
  let bus: SessionBus | null = null;
  let isThere = process.platform !== 'linux';
  function appeared(): void {
    if (isThere) return;
    isThere = true;
    onHost();
  }
  if (process.platform === 'linux') {
    try {
      bus = await connectSessionBus();
      await bus.onSignal(APPEARED, ({ member, body: [name, , owner] }) => {
        if (member === 'NameOwnerChanged' && name === WATCHER && owner !== '') appeared();
      });
      const { body } = await bus.call({ ...BUS, member: 'NameHasOwner', signature: 's', body: [WATCHER] });
      isThere ||= body[0] === true;
    } catch (error) {
      log(`tray: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    get isThere() {
      return isThere;
    },
    [Symbol.dispose]: () => bus?.close(),
  };
}
