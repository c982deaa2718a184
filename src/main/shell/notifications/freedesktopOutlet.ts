import { connectSessionBus } from '../dbus/sessionBus.ts';
import type { BusReply, BusSignal, SessionBus } from '../dbus/sessionBus.ts';
import type { Notice, NoticeDeed } from './notice.ts';
import type { NoticeOutlet, OutletParts } from './outlet.ts';
import { serverNotice } from './serverNotice.ts';

/* The desktop's own protocol: https://specifications.freedesktop.org/notification-spec/latest/ */

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';
/** The server decides how long; urgent ones stay by themselves. */
const SERVERS_CHOICE = -1;
const URGENCY = { normal: 1, critical: 2 } as const;
/** The name of the desktop entry, by which desktops find the app's own settings. */
const DESKTOP_ENTRY = 'trainyard';

/** What is known of the server that answers to the name. */
interface Server {
  readonly capabilities: ReadonlySet<string>;
  /** Its unique name: nobody else is believed that a button was pressed. */
  readonly owner: string;
}

/**
 * Shows notices through the notification server of a Linux desktop, since Electron drops their buttons there. Where no server
 * answers, none is shown; that is logged once.
 */
export function createFreedesktopOutlet({ onDeed, icon, log }: OutletParts): NoticeOutlet {
  const shown = new Map<string, { readonly id: number; readonly notice: Notice }>();
  let bus: SessionBus | null = null;
  let server: Server | null = null;
  let complained = false;
  let closed = false;
  // One after the other: what takes another's place must know its number.
  let turn: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): void {
    turn = turn.then(work).catch((error: unknown) => {
      server = null;
      bus?.close();
      bus = null;
      if (complained) return;
      complained = true;
      log(`notifications: nobody shows them here: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async function connected(): Promise<SessionBus> {
    if (bus !== null) return bus;
    const fresh = await connectSessionBus();
    await fresh.onSignal(`type='signal',sender='${NAME}',interface='${NAME}',path='${PATH}'`, hear);
    await fresh.onSignal(
      `type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${NAME}'`,
      hearOwner,
    );
    bus = fresh;
    return fresh;
  }

  async function capable(session: SessionBus): Promise<Server> {
    if (server !== null) return server;
    const reply = await call(session, 'GetCapabilities');
    const [names] = reply.body;
    server = { capabilities: new Set(Array.isArray(names) ? names.map(String) : []), owner: reply.sender };
    return server;
  }

  /** Another server knows nothing of the numbers that this one gave. */
  function hearOwner({ member, body }: BusSignal): void {
    if (member !== 'NameOwnerChanged' || body[0] !== NAME) return;
    server = null;
    shown.clear();
  }

  /** A server may be asked, answer and tell of a press in one breath: the press waits until the answer is taken in. */
  function hear(signal: BusSignal): void {
    void turn.then(() => takePress(signal));
  }

  function takePress({ sender, member, interface: from, body: [id, pressed] }: BusSignal): void {
    if (from !== NAME || sender !== server?.owner) return;
    const entry = [...shown].find(([, known]) => known.id === id);
    if (entry === undefined) return;
    const [key, { notice }] = entry;
    if (member === 'NotificationClosed') shown.delete(key);
    if (member !== 'ActionInvoked') return;
    const deed = deedOf(notice, String(pressed));
    if (deed !== null) onDeed(deed);
  }

  async function show(notice: Notice): Promise<void> {
    const session = await connected();
    const { capabilities } = await capable(session);
    const { summary, body, actions } = serverNotice(notice, capabilities);
    const hints = {
      urgency: session.variant('y', notice.urgent ? URGENCY.critical : URGENCY.normal),
      'desktop-entry': session.variant('s', DESKTOP_ENTRY),
    };
    const replaces = shown.get(notice.key)?.id ?? 0;
    const reply = await call(session, 'Notify', 'susssasa{sv}i', [
      'Trainyard',
      replaces,
      icon,
      summary,
      body,
      [...actions],
      hints,
      SERVERS_CHOICE,
    ]);
    shown.set(notice.key, { id: Number(reply.body[0]), notice });
  }

  async function withdraw(key: string): Promise<void> {
    const old = shown.get(key);
    if (old === undefined || bus === null) return;
    shown.delete(key);
    // It may be gone already: the specification has servers answer that with an error.
    await call(bus, 'CloseNotification', 'u', [old.id]).catch(() => {});
  }

  return {
    show(notice) {
      if (!closed) inTurn(() => show(notice));
    },
    withdraw: (key) => inTurn(() => withdraw(key)),
    async close() {
      closed = true;
      inTurn(async () => {
        await Promise.all([...shown.keys()].map(withdraw));
        bus?.close();
        bus = null;
      });
      await turn;
    },
  };
}

function call(bus: SessionBus, member: string, signature = '', body: readonly unknown[] = []): Promise<BusReply> {
  return bus.call({ destination: NAME, path: PATH, interface: NAME, member, signature, body });
}

function deedOf(notice: Notice, pressed: string): NoticeDeed | null {
  if (pressed === 'default') return notice.click;
  return notice.actions.find(({ id }) => id === pressed)?.deed ?? null;
}
