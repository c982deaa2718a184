import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Message, sessionBus } from '@jellybrick/dbus-next';
import { required } from '../../src/shared/result.ts';

const LOGIND = 'org.freedesktop.login1';

/** A system bus of the test's own, with a logind on it that says when the machine shuts down. */
export interface Logind {
  /** What an app is given as DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string;
  /** What programs wanted to delay: the first words of their calls of Inhibit. */
  readonly inhibited: readonly string[];
  /** Says that the machine is about to shut down. */
  prepareForShutdown(): void;
  end(): Promise<void>;
}

/** Starts it. */
export async function startLogind(): Promise<Logind> {
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--nosyslog', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(daemon, 'exit');
  const [line] = (await once(createInterface(daemon.stdout), 'line')) as [string];
  const address = required(line.trim().split(' ')[0], 'the daemon says where it is');
  const bus = sessionBus({ busAddress: address });
  const inhibited: string[] = [];
  bus.addMethodHandler((message) => {
    if (message.member !== 'Inhibit') return false;
    inhibited.push(String(message.body[0]));
    // The real one answers with a descriptor that holds the delay; an app has to live without it too.
    bus.send(Message.newError(message, 'org.freedesktop.DBus.Error.Failed', 'no locks here'));
    return true;
  });
  await bus.requestName(LOGIND, 0);
  return {
    address,
    inhibited,
    prepareForShutdown: () =>
      bus.send(Message.newSignal('/org/freedesktop/login1', `${LOGIND}.Manager`, 'PrepareForShutdown', 'b', [true])),
    async end() {
      bus.disconnect();
      daemon.kill();
      await gone;
    },
  };
}
