import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFreedesktopOutlet } from '../../../src/main/shell/notifications/freedesktopOutlet.ts';
import type { Notice, NoticeDeed } from '../../../src/main/shell/notifications/notice.ts';
import type { NoticeOutlet } from '../../../src/main/shell/notifications/outlet.ts';
import { NotificationServer } from '../../helpers/dbusNotifications.ts';
import { Condition, noBus, PrivateBus } from '../../helpers/dbusSession.ts';

function notice(key: string, facts: Partial<Notice> = {}): Notice {
  return {
    key,
    kind: 'failed',
    title: `${key} failed`,
    body: 'exit 1 & <more>',
    urgent: false,
    click: { kind: 'reveal', jobId: 1, tab: 'log' },
    actions: [{ id: 'requeue', label: 'Requeue', deed: { kind: 'requeue', jobIds: [1] } }],
    ...facts,
  };
}

describe.skipIf(noBus !== null)('an outlet on a real bus', () => {
  let bus: PrivateBus;
  let outlet: NoticeOutlet;
  let deeds: NoticeDeed[];
  let lines: string[];
  const news = new Condition();
  const before = process.env['DBUS_SESSION_BUS_ADDRESS'];

  beforeEach(async () => {
    bus = await PrivateBus.start();
    process.env['DBUS_SESSION_BUS_ADDRESS'] = bus.address;
    deeds = [];
    lines = [];
    outlet = createFreedesktopOutlet({
      icon: '/icon.png',
      onDeed: (deed) => {
        deeds.push(deed);
        news.changed();
      },
      log: (line) => {
        lines.push(line);
        news.changed();
      },
    });
  });

  afterEach(async () => {
    await outlet.close();
    await bus.end();
    if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
    else process.env['DBUS_SESSION_BUS_ADDRESS'] = before;
  });

  test('a notice arrives with its buttons, and a press comes back as its deed, once', async () => {
    const server = await NotificationServer.start(bus);
    outlet.show(notice('a', { urgent: true }));
    const shown = await server.untilShown('a failed');
    expect(shown).toMatchObject({ body: 'exit 1 &amp; &lt;more&gt;', urgency: 2, replaces: 0 });
    server.press(shown, 'Requeue');
    await news.until('the deed', () => deeds.length > 0);
    expect(deeds).toEqual([{ kind: 'requeue', jobIds: [1] }]);
    // It is closed now: what is shown next takes nobody's place.
    outlet.show(notice('a'));
    await server.until('the second one', () => server.received.length === 2);
    expect(server.received[1]?.replaces).toBe(0);
  });

  test('a plain click leads where the notice leads', async () => {
    const server = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    server.press(await server.untilShown('a failed'), 'default');
    await news.until('the deed', () => deeds.length > 0);
    expect(deeds).toEqual([{ kind: 'reveal', jobId: 1, tab: 'log' }]);
  });

  test('a later notice with the same key takes the place of the first, also right behind it', async () => {
    const server = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    outlet.show(notice('a', { title: 'a is over' }));
    outlet.show(notice('b'));
    await server.untilShown('b failed');
    const [first, second, third] = server.received;
    expect(second?.replaces).toBe(first?.id);
    expect(third?.replaces).toBe(0);
  });

  test('what is not true any more is taken back, and everything at the end', async () => {
    const server = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    outlet.show(notice('b'));
    outlet.show(notice('c'));
    await server.untilShown('c failed');
    outlet.withdraw('b');
    await server.until('one is taken back', () => server.closed.length === 1);
    await outlet.close();
    expect(server.closed).toEqual([2, 1, 3]);
    outlet.show(notice('d'));
    expect(server.latest('d failed')).toBeUndefined();
  });

  test('a server that shows no buttons gets none, and one without markup the plain text', async () => {
    const server = await NotificationServer.start(bus, ['body']);
    outlet.show(notice('a'));
    expect(await server.untilShown('a failed')).toMatchObject({ body: 'exit 1 & <more>', actions: [] });
  });

  test('nobody else on the bus is believed that a button was pressed', async () => {
    const server = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    const shown = await server.untilShown('a failed');
    await NotificationServer.pretend(bus, shown, 'requeue');
    server.press(shown, 'default');
    await news.until('the deed', () => deeds.length > 0);
    expect(deeds).toEqual([{ kind: 'reveal', jobId: 1, tab: 'log' }]);
  });

  test('without a server one line is logged, and one that comes later is used', async () => {
    outlet.show(notice('a'));
    await news.until('the line', () => lines.length > 0);
    const server = await NotificationServer.start(bus);
    outlet.show(notice('c'));
    await server.untilShown('c failed');
    expect(server.received).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('nobody shows them here');
  });

  test('a server that takes the place of another knows nothing of its numbers', async () => {
    const first = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    await first.untilShown('a failed');
    await first.end();
    const second = await NotificationServer.start(bus);
    outlet.show(notice('a'));
    expect((await second.untilShown('a failed')).replaces).toBe(0);
  });
});

test('without a bus at all one line is logged and closing does not wait', async () => {
  const before = process.env['DBUS_SESSION_BUS_ADDRESS'];
  process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/no/such/bus';
  const lines: string[] = [];
  const outlet = createFreedesktopOutlet({ icon: '', onDeed: () => {}, log: (line) => lines.push(line) });
  outlet.show(notice('a'));
  outlet.show(notice('b'));
  await outlet.close();
  if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
  else process.env['DBUS_SESSION_BUS_ADDRESS'] = before;
  expect(lines).toHaveLength(1);
});
