import { Message, sessionBus, Variant } from '@jellybrick/dbus-next';

const WATCHER = 'org.kde.StatusNotifierWatcher';

/** Says on the session bus that a host for tray icons is there, until it is ended. Draws nothing. */
export async function startTrayHost(): Promise<{ end(): void }> {
  const bus = sessionBus();
  bus.addMethodHandler((message) => {
    if (message.path !== '/StatusNotifierWatcher') return false;
    if (message.member === 'Get') {
      bus.send(Message.newMethodReturn(message, 'v', [new Variant('b', true)]));
      return true;
    }
    if (message.member !== 'RegisterStatusNotifierItem') return false;
    bus.send(Message.newMethodReturn(message));
    return true;
  });
  await bus.requestName(WATCHER, 0);
  return { end: () => bus.disconnect() };
}
