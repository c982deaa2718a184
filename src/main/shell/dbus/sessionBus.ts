import type { EventEmitter } from 'node:events';
import type { Message } from '@jellybrick/dbus-next';

/** A signal that somebody on the bus sent. */
export interface BusSignal {
  /** The sender's unique name. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

/** One method of an object on the bus. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** D-Bus types of `body`. */
  readonly signature?: string;
  /** A value of type `v` is made with {@link SessionBus.variant}. */
  readonly body?: readonly unknown[];
}

/** What a call answers. */
export interface BusReply {
  /** Unique name of who answered. */
  readonly sender: string;
  readonly body: readonly unknown[];
}

/** A connection to the user's session bus. */
export interface SessionBus {
  /** Rejects with the bus's error, or when nobody answers in time. */
  call(call: BusCall): Promise<BusReply>;
  /** A value that carries its D-Bus type with it. */
  variant(signature: string, value: unknown): unknown;
  /** Has the signals that fit `rule` (a D-Bus match rule) sent to `listener` too. */
  onSignal(rule: string, listener: (signal: BusSignal) => void): Promise<void>;
  close(): void;
}

/** After so long an answer is not waited for any more: a server may hang, and the library does not tell when the bus ends. */
const ANSWER_LIMIT_MS = 10_000;
/** From the D-Bus specification: the type of a message that is a signal. */
const SIGNAL = 4;

/** The bus itself, as one that can be asked. */
export const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/** Connects to the bus that the environment names. Rejects where there is none. */
export async function connectSessionBus(): Promise<SessionBus> {
  // Loaded only here: it takes a twentieth of a second, and other systems have no bus.
  const { Message, sessionBus, Variant } = await import('@jellybrick/dbus-next');
  const bus = sessionBus();
  await answeredInTime(
    new Promise<void>((resolve, reject) => {
      bus.once('connect', () => resolve());
      // Stays: an error without a listener would be a crash. After the connection it is told by the calls that fail.
      errorsOf(bus).on('error', reject);
    }),
    'the session bus',
  ).catch((error: unknown) => {
    bus.disconnect();
    throw error;
  });

  async function call({ body = [], signature = '', ...what }: BusCall): Promise<BusReply> {
    const message = new Message({ ...what, signature, body: [...body] });
    const reply = await answeredInTime(bus.call(message), what.destination);
    return { sender: reply?.sender ?? '', body: reply?.body ?? [] };
  }

  return {
    call,
    variant: (signature, value) => new Variant(signature, value),
    async onSignal(rule, listener) {
      bus.on('message', (message: Message) => {
        if (message.type === SIGNAL) listener(message);
      });
      await call({ ...BUS, member: 'AddMatch', signature: 's', body: [rule] });
    },
    close: () => bus.disconnect(),
  };
}

/** What a value of type `v` in an answer holds. */
export function variantValue(variant: unknown): unknown {
  return typeof variant === 'object' && variant !== null && 'value' in variant ? variant.value : undefined;
}

async function answeredInTime<T>(answer: Promise<T>, who: string): Promise<T> {
  let limit: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error(`${who} does not answer`)), ANSWER_LIMIT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(limit));
}

/** The library's types leave out that a bus tells its errors. */
function errorsOf(bus: EventEmitter): EventEmitter {
  return bus;
}
