import { Variant } from '@jellybrick/dbus-next';
import type { MessageBus } from '@jellybrick/dbus-next';
import { required } from '../../src/shared/result.ts';
import { ask, Condition, listen, order, serve } from './dbusSession.ts';
import type { PrivateBus } from './dbusSession.ts';

const WATCHER = 'org.kde.StatusNotifierWatcher';
const ITEM = 'org.kde.StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** One line of a tray's menu. */
export interface MenuItem {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
  readonly isSeparator: boolean;
  readonly children: readonly MenuItem[];
}

type Layout = [number, Record<string, Variant>, Variant<Layout>[]];

/** The part of a desktop that shows tray icons: it watches for items, reads their menus and clicks in them. */
export class TrayHost {
  readonly #bus: MessageBus;
  readonly #news = new Condition();
  #item: { readonly name: string; readonly path: string } | null = null;
  #menu: readonly MenuItem[] = [];
  #reading: Promise<void> = Promise.resolve();
  /** How often the app has sent a new menu. */
  layouts = 0;

  private constructor(bus: MessageBus) {
    this.#bus = bus;
  }

  static async start(bus: PrivateBus): Promise<TrayHost> {
    const client = await bus.connect();
    const host = new TrayHost(client);
    serve(client, '/StatusNotifierWatcher', {
      RegisterStatusNotifierItem: ([service], sender) => {
        // A path on the caller's own connection, or a name with the usual path.
        const text = String(service);
        host.#item = text.startsWith('/') ? { name: sender, path: text } : { name: text, path: '/StatusNotifierItem' };
        host.#read();
        return [''];
      },
      RegisterStatusNotifierHost: () => [''],
      Get: ([, name]) => ['v', PROPERTY_VALUES[String(name)] ?? new Variant('s', '')],
      GetAll: () => ['a{sv}', PROPERTY_VALUES],
    });
    await listen(client, `type='signal',interface='${MENU}'`, ({ interface: from }) => {
      if (from !== MENU) return;
      host.layouts += 1;
      host.#read();
    });
    await listen(
      client,
      `type='signal',interface='${ITEM}'`,
      ({ interface: from }) => from === ITEM && host.#news.changed(),
    );
    await client.requestName(WATCHER);
    return host;
  }

  /** The menu as the desktop would show it now. */
  get menu(): readonly MenuItem[] {
    return this.#menu;
  }

  get labels(): readonly string[] {
    return this.#menu.map(({ label, isSeparator }) => (isSeparator ? '—' : label));
  }

  /** Waits until the menu has a line like this. */
  untilItem(label: string | RegExp): Promise<MenuItem> {
    return this.until(`a menu line ${label}`, () => find(this.#menu, label));
  }

  /** Waits until the menu has no line like this any more. */
  async untilNoItem(label: string | RegExp): Promise<void> {
    await this.until(`no menu line ${label}`, () => this.#menu.length > 0 && find(this.#menu, label) === undefined);
  }

  async until<T>(what: string, check: () => T | undefined | null | false): Promise<T> {
    return this.#news.until(what, check).catch((error: unknown) => {
      throw new Error(
        `${error instanceof Error ? error.message : String(error)}; the menu:\n${this.labels.join('\n')}`,
      );
    });
  }

  /** Clicks a line of the menu. Also one of a menu that has been replaced since, as a slow hand does. */
  async click({ id }: Pick<MenuItem, 'id'>): Promise<void> {
    const path = await this.#menuPath();
    order(this.#bus, {
      destination: this.#known().name,
      path,
      interface: MENU,
      member: 'Event',
      signature: 'isvu',
      body: [id, 'clicked', new Variant('s', ''), 0],
    });
  }

  /** The panel is gone, as when it crashes: its name is free for the next one. */
  async end(): Promise<void> {
    await this.#bus.releaseName(WATCHER);
  }

  /** A property of the item, such as `ToolTip` or `IconPixmap`. */
  async property(name: string): Promise<unknown> {
    const { name: destination, path } = this.#known();
    const [value] = await ask(this.#bus, {
      destination,
      path,
      interface: PROPERTIES,
      member: 'Get',
      signature: 'ss',
      body: [ITEM, name],
    });
    return (value as Variant).value;
  }

  #known(): { readonly name: string; readonly path: string } {
    return required(this.#item, 'an item has registered');
  }

  async #menuPath(): Promise<string> {
    return String(await this.property('Menu'));
  }

  /** One reading after the other: the last one is the truth. */
  #read(): void {
    this.#reading = this.#reading
      .then(async () => {
        const path = await this.#menuPath();
        const [, layout] = await ask(this.#bus, {
          destination: this.#known().name,
          path,
          interface: MENU,
          member: 'GetLayout',
          signature: 'iias',
          body: [0, -1, []],
        });
        this.#menu = itemsOf(layout as Layout);
        this.#news.changed();
      })
      .catch(() => {
        // The app has ended, or its menu is not there yet: it says so again.
      });
  }
}

const PROPERTY_VALUES: Record<string, Variant> = {
  RegisteredStatusNotifierItems: new Variant('as', []),
  IsStatusNotifierHostRegistered: new Variant('b', true),
  ProtocolVersion: new Variant('i', 0),
};

function itemsOf([, , children]: Layout): readonly MenuItem[] {
  return children.map(({ value }) => {
    const [id, properties] = value;
    return {
      id,
      // Menus take a single underscore for the mark of a shortcut.
      label: String(properties['label']?.value ?? '').replaceAll(/_(.)/g, '$1'),
      enabled: properties['enabled']?.value !== false,
      isSeparator: properties['type']?.value === 'separator',
      children: itemsOf(value),
    };
  });
}

function find(items: readonly MenuItem[], label: string | RegExp): MenuItem | undefined {
  const all = items.flatMap((item) => [item, ...item.children]);
  return all.find((item) => (typeof label === 'string' ? item.label === label : label.test(item.label)));
}
