import { Message } from '@jellybrick/dbus-next';
import type { MessageBus, Variant } from '@jellybrick/dbus-next';
import { required } from '../../src/shared/result.ts';
import { Condition, serve } from './dbusSession.ts';
import type { PrivateBus } from './dbusSession.ts';

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';

/** A notification as it came over the bus. */
export interface Received {
  readonly id: number;
  readonly replaces: number;
  readonly summary: string;
  readonly body: string;
  /** Identifiers and labels in turn. */
  readonly actions: readonly string[];
  readonly urgency: unknown;
}

/** A notification server of a test: it takes everything, shows nothing, and presses what it is told to press. */
export class NotificationServer {
  readonly received: Received[] = [];
  readonly closed: number[] = [];
  readonly #bus: MessageBus;
  readonly #news = new Condition();
  #lastId = 0;

  private constructor(bus: MessageBus) {
    this.#bus = bus;
  }

  static async start(
    bus: PrivateBus,
    capabilities: readonly string[] = ['actions', 'body', 'body-markup'],
  ): Promise<NotificationServer> {
    const client = await bus.connect();
    const server = new NotificationServer(client);
    serve(client, PATH, {
      GetCapabilities: () => ['as', [...capabilities]],
      GetServerInformation: () => ['ssss', 'a test', 'Trainyard', '1', '1.2'],
      Notify: (body) => ['u', server.#take(body)],
      CloseNotification: ([id]) => {
        server.closed.push(Number(id));
        server.#signal('NotificationClosed', 'uu', [Number(id), 3]);
        server.#news.changed();
        return [''];
      },
    });
    await client.requestName(NAME);
    return server;
  }

  /** The last one that was shown under this title. */
  latest(summary: string | RegExp): Received | undefined {
    return this.received.findLast((one) => one.summary.match(summary) !== null);
  }

  async until<T>(what: string, check: () => T | undefined | null | false): Promise<T> {
    return this.#news.until(what, check).catch((error: unknown) => {
      const got = this.received.map(({ summary, body }) => `${summary} | ${body}`).join('\n');
      throw new Error(`${error instanceof Error ? error.message : String(error)}; got:\n${got}`);
    });
  }

  /** Waits for one with this title. */
  untilShown(summary: string | RegExp): Promise<Received> {
    return this.until(`a notification “${summary}”`, () => this.latest(summary));
  }

  /** Presses the button with this label, or the notification itself (`default`), as a desktop does. */
  press({ id, actions }: Received, label: string): void {
    const place = actions.findIndex((text, index) =>
      index % 2 === 0 ? text === 'default' && label === text : text === label,
    );
    const key = required(actions[place - (place % 2)], `there is a button ${label}`);
    this.#signal('ActivationToken', 'us', [id, 'token-of-a-test']);
    this.#signal('ActionInvoked', 'us', [id, key]);
    this.dismiss({ id });
  }

  /** Takes one away, as a person does who does not care. */
  dismiss({ id }: Pick<Received, 'id'>): void {
    this.#signal('NotificationClosed', 'uu', [id, 2]);
  }

  /** Another program of the session, which shows nothing, says that a button was pressed. */
  static async pretend(bus: PrivateBus, { id }: Received, key: string): Promise<void> {
    const other = await bus.connect();
    other.send(Message.newSignal(PATH, NAME, 'ActionInvoked', 'us', [id, key]));
  }

  async end(): Promise<void> {
    await this.#bus.releaseName(NAME);
  }

  #take([, replaces, , summary, body, actions, hints]: readonly unknown[]): number {
    const id = Number(replaces) === 0 ? (this.#lastId += 1) : Number(replaces);
    this.received.push({
      id,
      replaces: Number(replaces),
      summary: String(summary),
      body: String(body),
      actions: actions as string[],
      urgency: (hints as Record<string, Variant>)['urgency']?.value,
    });
    this.#news.changed();
    return id;
  }

  #signal(member: string, signature: string, body: unknown[]): void {
    this.#bus.send(Message.newSignal(PATH, NAME, member, signature, body));
  }
}
