import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Message, MessageFlag, MessageType, sessionBus } from '@jellybrick/dbus-next';
import type { MessageBus } from '@jellybrick/dbus-next';

/** Why a private bus cannot be had here, or null. Printed, so that a skip is never silent. */
export const noBus: string | null =
  process.platform !== 'linux'
    ? 'D-Bus is the desktop’s protocol on Linux alone'
    : spawnSync('dbus-daemon', ['--version']).status === 0
      ? null
      : 'there is no dbus-daemon (Debian: dbus)';
if (noBus !== null) console.warn(`tests of the desktop's protocols skipped: ${noBus}`);

/** No folder with services: nobody but the test and the app is ever on this bus. */
const CONFIG = (socket: string): string => `<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`;

/** A session bus of a test's own. */
export class PrivateBus {
  readonly address: string;
  readonly #daemon: ChildProcess;
  readonly #folder: string;
  readonly #clients: MessageBus[] = [];

  private constructor(daemon: ChildProcess, folder: string, address: string) {
    this.#daemon = daemon;
    this.#folder = folder;
    this.address = address;
  }

  static async start(): Promise<PrivateBus> {
    const folder = mkdtempSync(join(tmpdir(), 'trainyard-bus-'));
    const config = join(folder, 'bus.conf');
    writeFileSync(config, CONFIG(join(folder, 'bus')));
    const daemon = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile', '--print-address'], {
      // It complains of limits that it cannot raise.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const address = await new Promise<string>((resolve, reject) => {
      daemon.once('error', reject);
      daemon.once('exit', (code) => reject(new Error(`dbus-daemon ended with ${String(code)}`)));
      daemon.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim()));
    });
    return new PrivateBus(daemon, folder, address);
  }

  /** A connection of the test, as one program of the desktop has. */
  async connect(): Promise<MessageBus> {
    const bus = sessionBus({ busAddress: this.address });
    await new Promise<void>((resolve, reject) => {
      bus.once('connect', resolve);
      // Stays: after the test the bus ends before its clients.
      (bus as NodeJS.EventEmitter).on('error', reject);
    });
    this.#clients.push(bus);
    return bus;
  }

  /** Ends it, and everybody's connection with it. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    const gone = new Promise((done) => this.#daemon.once('exit', done));
    this.#daemon.kill('SIGTERM');
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One method of an object elsewhere on the bus. */
export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** What the method answers. */
export async function ask(bus: MessageBus, { body = [], signature = '', ...call }: Call): Promise<readonly unknown[]> {
  const reply = await bus.call(new Message({ ...call, signature, body: [...body] }));
  return reply?.body ?? [];
}

/** Calls the method and waits for no answer: the one who is asked may have to ask the test first. */
export function order(bus: MessageBus, { body = [], signature = '', ...call }: Call): void {
  bus.send(new Message({ ...call, signature, body: [...body], flags: MessageFlag.NO_REPLY_EXPECTED }));
}

/** Has the bus send signals that fit the rule to this connection. */
export async function listen(bus: MessageBus, rule: string, listener: (signal: Message) => void): Promise<void> {
  bus.on('message', (message) => {
    if (message.type === MessageType.SIGNAL) listener(message);
  });
  await ask(bus, {
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'AddMatch',
    signature: 's',
    body: [rule],
  });
}

/** An answer with its D-Bus types. */
export type Answer = readonly [signature: string, ...body: unknown[]];

/** Answers calls to one path; members without a handler are left to the library. */
export function serve(
  bus: MessageBus,
  path: string,
  handlers: Readonly<Record<string, (body: readonly unknown[], sender: string) => Answer>>,
): void {
  bus.addMethodHandler((message: Message) => {
    const handler = message.path === path ? handlers[message.member] : undefined;
    if (handler === undefined) return false;
    const [signature, ...body] = handler(message.body, message.sender);
    bus.send(Message.newMethodReturn(message, signature, body));
    return true;
  });
}

/** Waits for a condition that a desktop's signals bring about: asked again after each of them, never by time. */
export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Something has happened. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  async until<T>(what: string, check: () => T | undefined | null | false, limitMs = 60_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const value = check();
        if (value === undefined || value === null || value === false) return;
        this.#waiting.delete(look);
        clearTimeout(limit);
        resolve(value);
      };
      const limit = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited ${limitMs} ms for: ${what}`));
      }, limitMs);
      this.#waiting.add(look);
      look();
    });
  }
}
